"""The application for gunicorn: `gunicorn wsgi:app`; SKVOZ_DEMO=1 adds the demo company."""

import demo
from tracker import create_app

app = create_app()
if app.config["SKVOZ"].demo:
    demo.register(app)
