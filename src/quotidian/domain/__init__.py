"""What the field's words mean, in plain types: days, money, channels, events. It knows no store."""
