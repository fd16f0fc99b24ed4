"""``python -m diglot``."""

from diglot.cli import main

if __name__ == "__main__":
    main()
