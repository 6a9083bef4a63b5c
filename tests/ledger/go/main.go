// Checks a log with Go's own transparency packages, which know nothing of answerable: the signed
// note, the tree over all entries, and a proof of inclusion for each.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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
	run := check
	if len(os.Args) == 3 {
		run = func() error { return checkTiles(os.Args[1], os.Args[2]) }
	}
	if err := run(); err != nil {
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

// A published log in a directory, read as C2SP tlog-tiles says.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		// Go's own paths name the height as well: tile/8/0/000.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func checkTiles(dir, vkey string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return err
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		return err
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	reader := tlog.TileHashReader(tree, folder(dir))
	for n := int64(0); n < size; n++ {
		entry, err := entryAt(dir, n, size)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(size, n, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, size, tree.Hash, n, tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("entry %d: %v", n, err)
		}
	}
	return nil
}

func entryAt(dir string, n, size int64) ([]byte, error) {
	width := size - n/256*256
	if width > 256 {
		width = 256
	}
	tile := tlog.Tile{H: 8, L: -1, N: n / 256, W: int(width)}
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		return nil, err
	}
	for i := int64(0); ; i++ {
		if len(data) < 2 {
			return nil, fmt.Errorf("a bundle without entry %d", n)
		}
		length := int(data[0])<<8 | int(data[1])
		if i == n%256 {
			return data[2 : 2+length], nil
		}
		data = data[2+length:]
	}
}
