"""Rows: React and Vue draw, hydrate and draw again."""

from __future__ import annotations

from page import Page

REACT = (
    '<script src="/vendor/react.production.min.js"></script><script src="/vendor/react-dom.production.min.js"></script>'
)
VUE = '<script src="/vendor/vue.runtime.global.prod.js"></script>'

# A paragraph that draws itself again when `again()` is called; `KEY` makes React replace the elements or keep them.
CONTACT = """
    const h = React.createElement;
    window.Contact = () => {
      const [n, set] = React.useState(0);
      window.again = () => set(n + 1);
      React.useEffect(() => { window.drawn = n });
      return h('p', {key: KEY}, 'Call ', h('a', {href: 'tel:+74951112233', title: 'n' + n}, '8 (495) 111-22-33'),
        ' or ', n > 0 ? '+7 495 ' : '8 495 ', '111-22-33');
    };
"""
SERVED_CONTACT = (
    '<p>Call <a href="tel:+74951112233" title="n0">8 (495) 111-22-33</a> or <!-- -->8 495 <!-- -->111-22-33</p>'
)
DRAWN_AGAIN = (
    '<div id="root"><p>Call <a href="tel:+74957770001" title="n1">8 (495) 777-00-01</a> or +7 495 777-00-01</p></div>'
)
RENDER = "ReactDOM.createRoot(root).render(React.createElement(Contact));"
HYDRATE = """
    window.mistakes = [];
    ReactDOM.hydrateRoot(root, React.createElement(Contact), {onRecoverableError: (error) => mistakes.push(error)});
"""
SWAPPED = ("until", "/777/.test(root.textContent)")
AGAIN = (("eval", "again()"), ("until", "drawn === 1"))

VUE_CONTACT = """
    const {h, ref} = Vue;
    window.n = ref(0);
    window.Contact = {render: () =>
      h('p', [h('a', {href: 'tel:84951112233'}, '8 495 111-22-33'), ' ' + n.value + ': (495) 111-22-33'])};
"""
SERVED_VUE_CONTACT = '<p><a href="tel:84951112233">8 495 111-22-33</a> 0: (495) 111-22-33</p>'

FRAMEWORKS = [
    Page(
        "React draws and draws again",
        '<div id="root"></div>',
        head=REACT,
        do=(("eval", CONTACT.replace("KEY", "1") + RENDER), SWAPPED, *AGAIN),
        after=DRAWN_AGAIN,
    ),
    Page(
        "React replaces the elements",
        '<div id="root"></div>',
        head=REACT,
        do=(("eval", CONTACT.replace("KEY", "n") + RENDER), SWAPPED, *AGAIN),
        after=DRAWN_AGAIN,
    ),
    Page(
        "React hydrates after the answer came",
        f'<div id="root">{SERVED_CONTACT}</div>',
        head=REACT,
        do=(
            ("eval", "if (/777/.test(root.textContent)) throw 'swapped before hydration'"),
            ("eval", CONTACT.replace("KEY", "1") + HYDRATE),
            SWAPPED,
            ("eval", "if (mistakes.length) throw String(mistakes)"),
            *AGAIN,
        ),
        after=DRAWN_AGAIN,
    ),
    Page(
        "React removes what was swapped",
        '<div id="root"></div>',
        head=REACT,
        do=(
            (
                "eval",
                """const h = React.createElement;
                function App() {
                  const [on, set] = React.useState(true);
                  window.hide = () => set(false);
                  const phone = '8 495 111-22-33';
                  return h('div', null, on && h('p', null, phone), h('b', null, on ? phone : 'none'));
                }
                ReactDOM.createRoot(root).render(h(App))""",
            ),
            SWAPPED,
            ("eval", "hide()"),
            ("until", "/none/.test(root.textContent)"),
        ),
        after='<div id="root"><div><b>none</b></div></div>',
    ),
    Page(
        "Vue draws and draws again",
        '<div id="app"></div>',
        head=VUE,
        do=(
            ("eval", VUE_CONTACT + "Vue.createApp(Contact).mount('#app')"),
            ("until", "/777/.test(app.textContent)"),
            ("eval", "n.value = 7"),
        ),
        after='<div id="app" data-v-app=""><p><a href="tel:84957770001">8 495 777-00-01</a> 7: (495) 777-00-01</p>'
        "</div>",
    ),
    Page(
        "Vue hydrates served markup",
        f'<div id="__nuxt">{SERVED_VUE_CONTACT}</div>',
        head=VUE,
        do=(
            ("eval", "if (/777/.test(__nuxt.textContent)) throw 'swapped before hydration'"),
            ("eval", VUE_CONTACT + "Vue.createSSRApp(Contact).mount('#__nuxt')"),
            ("until", "/777/.test(__nuxt.textContent)"),
            ("eval", "n.value = 7"),
        ),
        after='<div id="__nuxt"><p><a href="tel:84957770001">8 495 777-00-01</a> 7: (495) 777-00-01</p></div>',
    ),
]
