"""Runs inside the lab's environment: one of OpenStack's WSGI applications under waitress.

usage: serve.py ADDRESS PORT MODULE:NAME
"""
import importlib
import sys

import waitress

address, port, application = sys.argv[1:4]
module, name = application.split(':')
sys.argv = [module]         # the applications read the command line themselves
waitress.serve(getattr(importlib.import_module(module), name), host=address, port=int(port),
               threads=8)
