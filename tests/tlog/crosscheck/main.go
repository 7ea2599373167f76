// Checks a folder written by emit.py with golang.org/x/mod/sumdb (note and tlog), the code behind Go's checksum database:
// the checkpoint's signature, every tile and leaf against its root, every inclusion and consistency proof.
// Each proof is then spoilt by one bit, and must be refused. Exits 1 at the first thing that does not hold.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

type folder string

func main() {
	if len(os.Args) != 2 {
		fail("usage: crosscheck FOLDER")
	}
	log := folder(os.Args[1])
	tree := log.checkpoint()
	hashes := tlog.TileHashReader(tree, log)

	root, err := tlog.TreeHash(tree.N, hashes)
	must(err, "the root from the tiles")
	if root != tree.Hash {
		fail("the tiles hash to %v, the checkpoint says %v", root, tree.Hash)
	}
	leaves := log.leaves(tree, hashes)
	proofs := log.inclusionProofs(tree, hashes, leaves)
	continuations := log.consistencyProofs(tree, hashes)
	fmt.Printf("x/mod accepts a log of %d leaves: checkpoint, tiles, leaves, %d inclusion and %d consistency proofs\n",
		tree.N, proofs, continuations)
}

func (log folder) checkpoint() tlog.Tree {
	verifier, err := note.NewVerifier(strings.TrimSpace(string(log.read("key"))))
	must(err, "key")
	signed := log.read("checkpoint")
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err, "checkpoint")
	if len(opened.Sigs) != 1 || len(opened.UnverifiedSigs) != 1 {
		fail("the checkpoint has %d known and %d unknown signatures, not one of each", len(opened.Sigs), len(opened.UnverifiedSigs))
	}
	if _, err := note.Open(bytes.Replace(signed, []byte("\n"), []byte("x\n"), 1), note.VerifierList(verifier)); err == nil {
		fail("a spoilt checkpoint was accepted")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		fail("the checkpoint does not read origin, size, root: %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "size")
	root, err := tlog.ParseHash(lines[2])
	must(err, "root")
	return tlog.Tree{N: size, Hash: root}
}

// leaves checks each leaf of the entry bundles against the tiles, which the reader checks against the root.
func (log folder) leaves(tree tlog.Tree, hashes tlog.HashReader) []tlog.Hash {
	var leaves []tlog.Hash
	for first := int64(0); first < tree.N; first += 1 << tileHeight {
		width := tree.N - first
		if width > 1<<tileHeight {
			width = 1 << tileHeight
		}
		path := tlog.Tile{H: tileHeight, L: -1, N: first >> tileHeight, W: int(width)}.Path()
		bundle := log.read(strings.Replace(path, "tile/8/data/", "tile/entries/", 1))
		var indexes []int64
		for ; len(bundle) > 0; width-- {
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			indexes = append(indexes, tlog.StoredHashIndex(0, int64(len(leaves))))
			leaves = append(leaves, tlog.RecordHash(bundle[2:end]))
			bundle = bundle[end:]
		}
		if width != 0 {
			fail("%s: the bundle of leaf %d has another number of leaves than its name says", path, first)
		}
		stored, err := hashes.ReadHashes(indexes)
		must(err, path)
		for i, hash := range stored {
			if hash != leaves[first+int64(i)] {
				fail("leaf %d is not the one in its tile", first+int64(i))
			}
		}
	}
	return leaves
}

func (log folder) inclusionProofs(tree tlog.Tree, hashes tlog.HashReader, leaves []tlog.Hash) int {
	files := log.list("proof/*.tlog-proof")
	for _, path := range files {
		head, checkpoint, _ := strings.Cut(string(log.read(path)), "\n\n")
		lines := strings.Split(head, "\n")
		if lines[0] != "c2sp.org/tlog-proof@v1" || checkpoint != string(log.read("checkpoint")) {
			fail("%s is no proof file of this checkpoint", path)
		}
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
		must(err, path)
		proof := tlog.RecordProof(parse(lines[2:]))
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[index]), path)
		own, err := tlog.ProveRecord(tree.N, index, hashes)
		must(err, path)
		same(path, proof, own)
		for i := range proof {
			proof[i][i] ^= 1
			if tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[index]) == nil {
				fail("%s: spoilt and accepted", path)
			}
			proof[i][i] ^= 1
		}
	}
	return len(files)
}

func (log folder) consistencyProofs(tree tlog.Tree, hashes tlog.HashReader) int {
	files := log.list("consistency/*")
	for _, path := range files {
		size, err := strconv.ParseInt(strings.Split(filepath.Base(path), "-")[0], 10, 64)
		must(err, path)
		old, err := tlog.TreeHash(size, hashes)
		must(err, path)
		proof := tlog.TreeProof(parse(strings.Fields(string(log.read(path)))))
		must(tlog.CheckTree(proof, tree.N, tree.Hash, size, old), path)
		own, err := tlog.ProveTree(tree.N, size, hashes)
		must(err, path)
		same(path, proof, own)
		old[0] ^= 1
		if tlog.CheckTree(proof, tree.N, tree.Hash, size, old) == nil {
			fail("%s: accepted for another old root", path)
		}
	}
	return len(files)
}

// Height, ReadTiles and SaveTiles make the folder a tlog.TileReader; C2SP's paths leave the height out.
func (log folder) Height() int { return tileHeight }

func (log folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		bytes, err := os.ReadFile(filepath.Join(string(log), strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		data[i] = bytes
	}
	return data, nil
}

func (log folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (log folder) read(path string) []byte {
	data, err := os.ReadFile(filepath.Join(string(log), path))
	must(err, path)
	return data
}

func (log folder) list(pattern string) []string {
	paths, err := filepath.Glob(filepath.Join(string(log), pattern))
	must(err, pattern)
	if len(paths) == 0 {
		fail("no %s in %s", pattern, string(log))
	}
	for i := range paths {
		paths[i], err = filepath.Rel(string(log), paths[i])
		must(err, pattern)
	}
	return paths
}

func parse(lines []string) []tlog.Hash {
	hashes := make([]tlog.Hash, len(lines))
	for i, line := range lines {
		data, err := base64.StdEncoding.DecodeString(line)
		must(err, line)
		if copy(hashes[i][:], data) != tlog.HashSize || len(data) != tlog.HashSize {
			fail("%q is no hash", line)
		}
	}
	return hashes
}

func same(path string, ours, theirs []tlog.Hash) {
	if fmt.Sprint(ours) != fmt.Sprint(theirs) {
		fail("%s: x/mod makes another proof: %v", path, theirs)
	}
}

func must(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

func fail(format string, arguments ...interface{}) {
	fmt.Fprintf(os.Stderr, "crosscheck: "+format+"\n", arguments...)
	os.Exit(1)
}
