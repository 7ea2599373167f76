// Checks a folder written by emit.py with npm's @sigstore/verify: the checkpoint and every inclusion proof; spoilt ones must fail.
//
//     NODE_PATH=<where it is installed> node with_sigstore.cjs FOLDER
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { createPublicKey } = require("node:crypto");
const { verifyTLogInclusion } = require("@sigstore/verify/dist/tlog");

const folder = process.argv[2];
const [name, id, ...material] = read("key").toString().trim().split("+");
const raw = Buffer.from(material.join("+"), "base64").subarray(1);
const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
const logs = [{ baseURL: `https://${name}`, logID: Buffer.from(id, "hex"), publicKey, validFor: {} }];

function read(file) {
  return fs.readFileSync(path.join(folder, file));
}

// The bytes of a leaf, from its entry bundle. Folders here hold fewer than 256,000 leaves.
function leaf(index) {
  const number = String(Math.floor(index / 256)).padStart(3, "0");
  const partial = path.join("tile/entries", `${number}.p`);
  const file = fs.existsSync(path.join(folder, partial))
    ? path.join(partial, fs.readdirSync(path.join(folder, partial))[0])
    : path.join("tile/entries", number);
  let bundle = read(file);
  for (let before = index % 256; before > 0; before--) bundle = bundle.subarray(2 + bundle.readUInt16BE(0));
  return bundle.subarray(2, 2 + bundle.readUInt16BE(0));
}

function accepts(index, hashes, envelope, body) {
  const inclusionProof = { logIndex: String(index), hashes, checkpoint: { envelope } };
  try {
    verifyTLogInclusion({ inclusionProof, canonicalizedBody: body }, logs);
    return true;
  } catch (error) {
    if (error.name !== "VerificationError") throw error;
    return false;
  }
}

function expect(condition, sentence) {
  if (!condition) {
    console.error(`crosscheck: ${sentence}`);
    process.exit(1);
  }
}

const files = fs.readdirSync(path.join(folder, "proof"));
expect(files.length > 0, "there were no proofs to check");
for (const file of files) {
  const text = read(path.join("proof", file)).toString();
  const cut = text.indexOf("\n\n");
  const envelope = text.slice(cut + 2);
  const [, place, ...lines] = text.slice(0, cut).split("\n");
  const index = Number(place.replace("index ", ""));
  const hashes = lines.map((line) => Buffer.from(line, "base64"));
  const body = leaf(index);
  expect(accepts(index, hashes, envelope, body), `${file}: @sigstore/verify refuses it`);
  expect(!accepts(index, hashes, envelope, Buffer.concat([body, Buffer.from(" ")])), `${file}: accepted for another leaf`);
  expect(!accepts(index, hashes, envelope.replace("parley", "parlay"), body), `${file}: accepted with a spoilt checkpoint`);
}
console.log(`@sigstore/verify accepts the checkpoint and ${files.length} inclusion proofs`);
