"""What our processes have in common: they end with their parent, and are interrupted at good moments."""
