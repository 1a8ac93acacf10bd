//! Golden texts: the same seeds give the same texts for good, since old ones have to open.

use super::{bundle, cheap, fresh, order, place, push, secret};
use crate::age::{Identity, decrypt, encrypt};
use crate::{
    ContentKey, DataKey, DatabaseKey, DeviceSecret, Guarded, OuterKey, SealedToken, ServerKey, Sure, Wiped,
};

fn check(found: &str, golden: &str) {
    assert_eq!(found, golden);
}

#[test]
fn the_keys_of_a_device() {
    check(
        &secret().write(),
        r#"{"v":1,"device_secret":"ef1ac5c147be655770313f0b71840871b6a1761e3479b0778113088929132e7f"}"#,
    );
    check(
        &secret().keys().public().write(),
        r#"{"v":1,"sign":"1e3495528cb6cafff203fd443ec13abeef3f994aff7948d7527952b979f63ab8","seal":"563894d2e702553ecf9c46a895b76d3cf64d8a75e3848b99f2e21973cd71a66f"}"#,
    );
}

#[test]
fn a_sealed_content_key() {
    let keys = secret().keys();
    let sealed = ContentKey::make(fresh(1)).seal_to(&keys.public(), &place(), fresh(2)).expect("a device");
    check(
        &sealed.write(),
        r#"{"v":1,"to":"ad6a9860a91e2abc936ae753cf4108ce","enc":"4f9a737ebf44bc9befbceb9bc82209105b30d8741223545d99724c8e50957515","text":"0273cea2c7a6ae1394e1104519f987d619710306663a83cf004711add4a81bf11ea0ee7ba7f886c50d1fa098d3278c19"}"#,
    );
}

#[test]
fn a_token_of_a_locked_device() {
    check(
        &SealedToken::seal("fb1_00", &secret().keys(), &place(), fresh(2)).write(),
        r#"{"v":1,"to":"ad6a9860a91e2abc936ae753cf4108ce","enc":"4f9a737ebf44bc9befbceb9bc82209105b30d8741223545d99724c8e50957515","text":"52532c14dc2226596d36f512baca65adcd8685c1e874"}"#,
    );
}

#[test]
fn a_wrapped_database_key() {
    let key = DatabaseKey::make(fresh(3));
    check(
        &key.wrap(&secret(), &ContentKey::make(fresh(1)), &place(), fresh(4)).write(),
        r#"{"v":1,"locked":{"key":"dd60cb2f53bf7d21fe68a7b618798c34","nonce":"8413cba74c2f81ae3696a8bb1afb392f3dbcbf06e6566524","text":"9fd68fcc0bcd0e7ff5ec095d19322ebabadf2542c4adc59ef6a4b95ad45bf41d098f9f6735eab6b6a7596d8d04b1bcfe"}}"#,
    );
    check(&key.sqlcipher(), "x'68b450ae026b556a56c766de0d72f9cdac095830059afc792ce85638d573625e'");
}

#[test]
fn a_secret_under_a_passphrase() {
    let (passphrase, cost) = cheap();
    check(
        &secret().lock(&passphrase, cost, fresh(5)).expect("8 MiB").write(),
        r#"{"v":1,"argon2id":{"m":8192,"t":1,"p":1},"salt":"aa0558a2988c1325ed83bce3c30917ae","locked":{"key":"ee50b42fac140a27de7e10ab3a4c10ff","nonce":"46c3242dee0496f5bf43d463c31a37c9b0b5b159c11741e2","text":"e49ca937682448fb3c8d1283d1f0ece3dd9fea75e95195961afbe884d835be65db38f7769e58c06844d63338d00723ad"}}"#,
    );
}

#[test]
fn the_keys_of_a_browser_under_a_secret() {
    let text = r#"{"v":1,"key":"3b5fa96cdb331f44a86354c8daac8527","nonce":"56b7dabe4990f520bf87c8499b5726cae0316a58b2fd36aa","text":"2c265df7f071adfeb1a62e490ec03619185ef2ec"}"#;
    check(&Guarded::put("keys", &secret(), fresh(12)).write(), text);
    let read = Guarded::read(text).expect("as it was written");
    assert_eq!(read.open(&secret()).as_ref().map(|text| text.as_str()), Ok("keys"));
}

#[test]
fn the_keys_of_a_server() {
    let (outer, data) = (OuterKey::make(fresh(6)), DataKey::make(fresh(7)));
    check(&outer.write(), "0858904b3e2ea73d9ab0b7119a9c2ca8f2c9347ee68e97b8e4e343fdf5531022\n");
    check(
        &data.wrap(&outer, fresh(8)).write(),
        r#"{"v":1,"locked":{"key":"f7f3d32df7c41d51e45df8d75465d096","nonce":"2c432e38a6146a5eb8f8b68b3b56fd8f6b5832ef9df306e3","text":"ecc51076660ca812339d6391f8c5ed52457f1f1731e908faf73488a59d1f1580c1a4eeeb999a21f8f574d71dc33778a1"}}"#,
    );
    check(
        &data.file("workspace.db").sqlcipher(),
        "x'e2d293ac82f6c619bc972473f2d4f1349ec7a25d71a3bd0c6df8e2d19d878214'",
    );
    check(
        &ServerKey::make(fresh(9)).public().write(),
        r#"{"v":1,"sign":"80b44182792c3c75be224c57d9c643e9acd2678aa2b40dbc917512deb252a55b"}"#,
    );
}

#[test]
fn what_is_signed() {
    let keys = secret().keys();
    let signed = |signature: crate::Signature| fieldbook_model::json::write(&signature);
    check(
        &signed(keys.sign_push(&push())),
        r#""c7a4bf6bd283541b0eb890d22ddfda5fffc606f9a497f0327b653287ad24d11654446808952b41122b8d56d3df0e181f121f5453a72fad99c6df3ed91b72ae0b""#,
    );
    let order = order();
    check(
        &order.write(),
        r#"{"v":1,"workspace":"01010101-0101-0101-0101-010101010101","device":"02020202-0202-0202-0202-020202020202","nonce":"05050505050505050505050505050505","issued_at":"2023-11-14T22:13:20.000Z"}"#,
    );
    check(
        &signed(ServerKey::make(fresh(9)).sign_wipe(&order)),
        r#""39feafdf0aff463f4e5a1b108925c18ab416e888daca662bf7eba06c162dc700f2ba5619f2332fc530cf631833baf0b5cff20ad624081da0e79be16715be8a0d""#,
    );
    let wiped = Wiped::new(&order, 3, 4, Sure::Removed);
    check(
        &wiped.write(),
        r#"{"v":1,"workspace":"01010101-0101-0101-0101-010101010101","device":"02020202-0202-0202-0202-020202020202","nonce":"05050505050505050505050505050505","files":3,"unsent":4,"sure":"removed"}"#,
    );
    check(
        &signed(keys.sign_wiped(&wiped)),
        r#""7f3500bc3e445dca15a7b9ed2a749cdaf07b2b54d799df70359f9d9c9cc1a7da8a21b3df0320a33903a082715821d0cf9d2865b027dc53238441aec692d1f301""#,
    );
    check(
        &signed(keys.sign_bundle(&bundle())),
        r#""c5c9e36e8fea8baee1742c2a1f8661a4d9f73a132bfd6efdca01516a6cd86497b1566223ecea92d6e787fc0990f62ce6e78dd4191ef8e2a9baa888198700de04""#,
    );
}

#[test]
fn an_encrypted_bundle() {
    let identity = Identity::make(fresh(12));
    check(
        &identity.recipient().to_string(),
        "age13x3w5jf99pvg240zr4xenhwuu0jvzktjxq6q3wsztvu4mg0ngues4mn5cu",
    );
    let file = encrypt(&identity.recipient(), b"facts", fresh(13)).expect("a recipient");
    check(
        &fieldbook_model::Hash::of(&file).to_string(),
        "c1f38c8417b69a55bb24cd2108804b9d90ee9d8e747298150278008e7a124621",
    );
    assert_eq!(decrypt(&identity, &file).as_deref(), Ok(b"facts".as_slice()));
}

/// A secret that was made once is the one that is read.
#[test]
fn a_bare_secret_reads_back() {
    assert_eq!(DeviceSecret::read(&secret().write()), Ok(secret()));
}
