"""Who must know: notices are written with what they tell of, and delivered later."""
