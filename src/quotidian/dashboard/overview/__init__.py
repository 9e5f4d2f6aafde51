"""What the overview is made of: its measures, growth, retention and apps, each read once and shown in several ways."""
