//go:build race

package checkpoint_test

// halved says that the matrix is run in part: the race detector makes it many times as slow.
const halved = true
