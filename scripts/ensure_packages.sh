#!/bin/bash
# Installs Debian packages whose programs are missing; does nothing, and needs no rights, when all are there.
# Arguments: program:package, or package alone for one without a program (fonts).
set -euo pipefail

missing=()
for wanted in "$@"; do
  program=${wanted%%:*} package=${wanted##*:}
  if [ "$program" != "$package" ] || [[ $wanted == *:* ]]; then
    command -v "$program" >/dev/null || missing+=("$package")
  else
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  fi
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "Please install these with your system's package manager, then repeat: ${missing[*]}" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=(sudo)
  else
    echo "These system packages are missing: ${missing[*]}" >&2
    echo "As root: apt-get update && apt-get install -y ${missing[*]}    Then repeat." >&2
    exit 1
  fi
fi
echo "Installing ${missing[*]}"
if [[ " ${missing[*]} " == *" postfix "* ]]; then
  # Without a configuration the system's own Postfix does not start.
  "${as_root[@]}" debconf-set-selections <<<"postfix postfix/main_mailer_type select No configuration"
fi
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
