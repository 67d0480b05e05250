"""What a fake API remembers: in memory, or shared with others through Redis."""
