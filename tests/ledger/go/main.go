// Checks a log with Go's own transparency packages, which know nothing of answerable: the signed
// note, the tree over all entries, and a proof of inclusion for each.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type input struct {
	Vkey    string     // the log's verifier key
	Note    []byte     // its checkpoint
	Entries [][]byte   // all entries, in order
	Proofs  [][][]byte // an inclusion proof for each
}

func main() {
	if err := check(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("holds")
}

func check() error {
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		return err
	}
	verifier, err := note.NewVerifier(in.Vkey)
	if err != nil {
		return err
	}
	opened, err := note.Open(in.Note, note.VerifierList(verifier))
	if err != nil {
		return err
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size != int64(len(in.Entries)) || lines[0] != verifier.Name() {
		return fmt.Errorf("a checkpoint of %q over %d entries, %d given", lines[0], size, len(in.Entries))
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		return err
	}
	var signed tlog.Hash
	copy(signed[:], root)

	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	for n, entry := range in.Entries {
		hashes, err := tlog.StoredHashes(int64(n), entry, reader)
		if err != nil {
			return err
		}
		stored = append(stored, hashes...)
	}
	computed, err := tlog.TreeHash(size, reader)
	if err != nil {
		return err
	}
	if computed != signed {
		return fmt.Errorf("the entries give the root %v, the checkpoint signs %v", computed, signed)
	}
	for n, path := range in.Proofs {
		var proof tlog.RecordProof
		for _, step := range path {
			proof = append(proof, tlog.Hash(step))
		}
		if err := tlog.CheckRecord(proof, size, signed, int64(n), tlog.RecordHash(in.Entries[n])); err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
	}
	return nil
}
