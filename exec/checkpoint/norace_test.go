//go:build !race

package checkpoint_test

// halved says that the matrix is run in part.
const halved = false
