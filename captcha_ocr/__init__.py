__version__ = "0.0.2.dev0"
