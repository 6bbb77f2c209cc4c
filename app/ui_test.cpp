int placeholder_for_window_tests = 0;
