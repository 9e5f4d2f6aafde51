"""`python -m quotidian` is the same as `quotidian`."""

from quotidian.cli import main

if __name__ == "__main__":
    main()
