"""Every operation of Hoody, as data: one class each."""
