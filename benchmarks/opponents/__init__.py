"""What Quotidian is compared with: each as good as its idea allows, and nothing more."""
