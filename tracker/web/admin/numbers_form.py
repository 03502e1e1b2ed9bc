"""The form of numbers for a pool: pasted, or from a text, CSV or XLSX file."""

from __future__ import annotations

import codecs
from contextlib import closing
from functools import cached_property

from flask_babel import gettext as now_gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import FileField, TextAreaField
from wtforms.validators import Optional, ValidationError

from tracker.errors import InvalidInput
from tracker.pools import spreadsheet

LARGEST_FILE = 1_000_000  # bytes; twenty thousand numbers
OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # compound files, XLS among them


class NumbersForm(FlaskForm):  # type: ignore[misc]
    """Numbers in any writing, pasted or from a file."""

    numbers = TextAreaField(
        _("Numbers"),
        description=_("One a line, in any writing; a name after the number becomes its label."),
    )
    file = FileField(_("Or a file"), [Optional()], description=_("Text, CSV, or the first sheet of an XLSX workbook."))

    def validate_numbers(self, field: TextAreaField) -> None:
        """Either a text or a file holds something."""
        if not (field.data or "").strip() and not self._bytes.strip():
            raise ValidationError(now_gettext("Paste at least one number, or choose a file."))

    def validate_file(self, _field: FileField) -> None:
        """It can be read to its end."""
        if len(self._bytes) > LARGEST_FILE:
            raise ValidationError(now_gettext("The file is larger than 1 MB: split it."))
        if self._bytes.startswith(OLD_EXCEL):
            raise ValidationError(now_gettext("This is a workbook of the old kind: save it as XLSX or CSV."))
        try:
            self.text()
        except InvalidInput as error:
            raise ValidationError(
                now_gettext("This workbook cannot be read: save the column of numbers as CSV.")
            ) from error

    def text(self) -> str:
        """What was pasted and what the file holds, one after the other.

        Raises:
            InvalidInput: the file is a workbook that cannot be read.
        """
        return "\n".join(filter(None, (self.numbers.data, read_file(self._bytes))))

    @cached_property
    def _bytes(self) -> bytes:
        if not self.file.data:
            return b""
        with closing(self.file.data) as file:
            found: bytes = file.read(LARGEST_FILE + 1)
        return found


def read_file(file: bytes) -> str:
    """The text of a file in whatever form spreadsheets save: XLSX, UTF-8, UTF-16 with its mark, or cp1251.

    Raises:
        InvalidInput: a workbook that cannot be read.
    """
    if file.startswith(spreadsheet.SIGNATURE):
        return spreadsheet.read_xlsx(file)
    if file.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return file.decode("utf-16", "replace")
    try:
        return file.decode("utf-8-sig")
    except UnicodeDecodeError:
        return file.decode("cp1251", "replace")
