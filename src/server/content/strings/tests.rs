//! What a file of strings may hold, and what is said of one that holds something else.
