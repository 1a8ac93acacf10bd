"""Opens the files of a device and of a server with another SQLCipher than the one that wrote them, by keys that are derived
here anew from what docs/guide/keys.md and docs/decisions/0026-keys.md say; and sees that nothing else opens them.

    opens.py HOME OTHER-HOME SERVER-FOLDER WORD

WORD stands in the device's data. Each check prints a line, `ok: …` or `FAILED: …`.
"""

import json
import pathlib
import shutil
import sys
import tempfile
import uuid

import sqlcipher3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as xchacha_open

PAGE = 4096
SHA256 = hashes.SHA256()


def hkdf(material, info, length=32):
    return HKDF(SHA256, length, salt=None, info=info).derive(material)


def extract(salt, material):
    return HKDF.extract(SHA256, salt, material)


def hpke_open(own, enc, info, text, aad):
    """RFC 9180, base mode, one message: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305."""

    def labelled(suite, salt, label, material):
        return extract(salt, b"HPKE-v1" + suite + label + material)

    def expanded(suite, key, label, info, length):
        info = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
        return HKDFExpand(SHA256, length, info).derive(key)

    private = X25519PrivateKey.from_private_bytes(own)
    shared = private.exchange(X25519PublicKey.from_public_bytes(enc))
    kem = b"KEM" + (0x20).to_bytes(2, "big")
    key = labelled(kem, b"", b"eae_prk", shared)
    secret = expanded(kem, key, b"shared_secret", enc + private.public_key().public_bytes_raw(), 32)
    suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x20, 1, 3))
    context = b"\0" + labelled(suite, b"", b"psk_id_hash", b"") + labelled(suite, b"", b"info_hash", info)
    key = labelled(suite, secret, b"secret", b"")
    nonce = expanded(suite, key, b"base_nonce", context, 12)
    return ChaCha20Poly1305(expanded(suite, key, b"key", context, 32)).decrypt(nonce, text, aad)


def unlocked(locked, key, place):
    text, nonce = bytes.fromhex(locked["text"]), bytes.fromhex(locked["nonce"])
    return xchacha_open(text, place, nonce, key)


def read(path):
    return json.loads(path.read_text())


def device_key(home):
    """The key of a device's database, from device.secret and keys.json."""
    keys = read(home / "keys.json")
    secret = bytes.fromhex(read(home / "device.secret")["device_secret"])
    ids = uuid.UUID(keys["workspace_id"]).bytes + uuid.UUID(keys["device_id"]).bytes

    def place(name, number):
        return name + b"\0" + ids + number.to_bytes(4, "big")

    name = b"fieldbook content key v1"
    sealed, number = keys["content"]["sealed"], keys["content"]["number"]
    seal = hkdf(secret, b"fieldbook device is sealed to v1")
    enc, text = bytes.fromhex(sealed["enc"]), bytes.fromhex(sealed["text"])
    content = hpke_open(seal, enc, name, text, place(name, number))
    name, database = b"fieldbook database key v1", keys["database"][-1]
    return unlocked(database["wrapped"]["locked"], hkdf(secret + content, name), place(name, database["number"]))


def server_keys(folder):
    """The key of each database of a server, from server.key and keys.json."""
    name = b"fieldbook server data key v1\0"
    outer = bytes.fromhex((folder / "server.key").read_text().strip())
    data = unlocked(read(folder / "keys.json")["locked"], hkdf(outer, name), name)
    files = sorted(folder.rglob("*.db"))
    names = [str(file.relative_to(folder)) for file in files]
    return {file: hkdf(data, b"fieldbook server file v1\0" + name.encode()) for file, name in zip(files, names)}


def connected(path, key):
    """A connection that only reads. Whether the key is right is seen when something is read."""
    connection = sqlcipher3.connect(f"file:{path}?mode=ro", uri=True)
    connection.execute("PRAGMA cipher_log_level = NONE")
    if key is not None:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    return connection


def tables(path, key):
    """What a database says of itself under a key; none where it says nothing."""
    connection = connected(path, key)
    try:
        return connection.execute("SELECT name FROM sqlite_schema").fetchall()
    except sqlcipher3.DatabaseError:
        return None
    finally:
        connection.close()


def damage(path, key):
    """The pages that SQLCipher says are not as they were written."""
    connection = connected(path, key)
    told = [row[0] for row in connection.execute("PRAGMA cipher_integrity_check")]
    connection.close()
    return told


def dump(path, key):
    connection = connected(path, key)
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    rows = [row for (name,) in names for row in connection.execute(f'SELECT * FROM "{name}"')]
    connection.close()
    return repr(rows)


passed = failed = 0


def check(says, holds):
    global passed, failed
    passed, failed = passed + holds, failed + (not holds)
    print(("ok: " if holds else "FAILED: ") + says, flush=True)


def kept(file, folder):
    """A copy of a database with its log, so that nothing here changes what is looked at."""
    for path in file.parent.glob(file.name + "*"):
        shutil.copy(path, folder / path.name)
    return folder / file.name


def check_file(says, file, key, others):
    with tempfile.TemporaryDirectory() as folder:
        file = kept(file, pathlib.Path(folder))
        check(f"{says} opens with its key", bool(tables(file, key)))
        check(f"{says} has no damaged page", damage(file, key) == [])
        check(f"{says} opens with nothing else", all(tables(file, other) is None for other in [None, *others]))


def check_tampered(says, file, key):
    with tempfile.TemporaryDirectory() as folder:
        file = kept(file, pathlib.Path(folder))
        whole = file.read_bytes()
        pages = len(whole) // PAGE
        bent = bytearray(whole)
        places = [page * PAGE + (page * 977) % PAGE for page in range(1, pages)]
        for place in places:
            bent[place] ^= 1
        file.write_bytes(bent)
        check(f"one bit in each of {len(places)} pages of {says} is noticed", len(damage(file, key)) == len(places))
        one, two = pages // 2, pages // 2 + 1
        swapped = bytearray(whole)
        swapped[one * PAGE : two * PAGE] = whole[two * PAGE : (two + 1) * PAGE]
        swapped[two * PAGE : (two + 1) * PAGE] = whole[one * PAGE : two * PAGE]
        file.write_bytes(swapped)
        check(f"two swapped pages of {says} are noticed", len(damage(file, key)) == 2)


def main(home, other, server, word):
    print(f"SQLCipher {sqlcipher3.connect(':memory:').execute('PRAGMA cipher_version').fetchone()[0]}", flush=True)
    own, others = device_key(home), device_key(other)
    database = home / "fieldbook.db"
    check_file("a device's database", database, own, [others, bytes(32)])
    check_tampered("a device's database", database, own)
    with tempfile.TemporaryDirectory() as folder:
        check("what a person wrote is in it", word in dump(kept(database, pathlib.Path(folder)), own))
    for says, folder in [("device's", home), ("server's", server)]:
        files = [path for path in folder.rglob("*") if path.is_file()]
        check(f"and in clear in none of the {says} {len(files)} files", not any(word.encode() in path.read_bytes() for path in files))
    shutil.copy(other / "device.secret", home / "device.secret")
    try:
        device_key(home)
        check("another device's secret opens no keys", False)
    except InvalidTag:
        check("another device's secret opens no keys", True)
    keys = server_keys(server)
    for file, key in keys.items():
        name = file.relative_to(server)
        check_file(f"the server's {'accounts' if name.parent == pathlib.Path('.') else 'workspace'}", file, key, [own, *(it for it in keys.values() if it != key)])


main(*map(pathlib.Path, sys.argv[1:4]), sys.argv[4])
print(f"sqlcipher: {passed} passed, {failed} failed")
sys.exit(failed > 0)
