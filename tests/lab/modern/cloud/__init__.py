"""A real console path of nova 34 on one machine: what it is made of and how it is driven."""
import os
import sys

# `common` lies beside this lab
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
