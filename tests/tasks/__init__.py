"""Twenty tasks in a user's words, each solved by calls such as a model would make that has never seen Hoody."""
