"""Large event stores: one SQL statement makes each, `make` puts it into a data folder, `tools/stores.py` keeps them."""
