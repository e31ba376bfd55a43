"""How the small model that comes with zimagine is made: `python -m training --help`."""
