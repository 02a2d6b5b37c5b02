"""What takes several questions, one file each: what if, funnel, outlook, what the best do. A new analysis is a new file
here; it is imported when it is looked for, and the first time that any is looked for by its kind."""
