// Command duckdb runs the SQL statements given as arguments in one DuckDB
// database in memory: a process of its own, so that its time and memory can be
// measured. With -value it prints the first value of the last statement.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"

	_ "github.com/duckdb/duckdb-go/v2"
)

func main() {
	threads := flag.Int("threads", 1, "threads DuckDB may use, the main thread included")
	value := flag.Bool("value", false, "print the first value of the last statement")
	flag.Parse()
	if err := run(context.Background(), *threads, *value, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, threads int, value bool, statements []string) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	// A connection of its own: settings of the session hold for all statements.
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()

	settings := []string{
		fmt.Sprintf("SET threads = %d", threads),
		// Both engines may write rows in any order.
		"SET preserve_insertion_order = false",
	}
	for _, setting := range settings {
		if _, err := conn.ExecContext(ctx, setting); err != nil {
			return err
		}
	}
	for i, statement := range statements {
		if value && i == len(statements)-1 {
			var v any
			if err := conn.QueryRowContext(ctx, statement).Scan(&v); err != nil {
				return err
			}
			fmt.Println(v)
			return nil
		}
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
