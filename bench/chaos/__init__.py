"""Random operations by many clients while the parts are killed at random; then the reckoning.

`parts.py` runs the real parts and kills them, `pages.py` are the clients, `killer.py` chooses who dies,
`reckoning.py` judges by what pages were told and by what the database has in the end, `run.py` does all of it.
"""
