package bids

func WriteExample(dir string) error { return nil }
