// OpenSSL 3 for Swift. What the library offers as plain functions is imported as it is; what it offers as a macro,
// a variadic or a constant behind a cast is wrapped here, one line each, without logic.

#ifndef COPENSSL_H
#define COPENSSL_H

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/// Keys an HMAC context for a digest by name ("SHA256").
static inline int copenssl_hmac_init(
    EVP_MAC_CTX *context, const char *digest, const unsigned char *key, size_t key_length) {
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0), OSSL_PARAM_construct_end()};
    return EVP_MAC_init(context, key, key_length, parameters);
}

/// Starts a new message with the key that the context already has.
static inline int copenssl_hmac_restart(EVP_MAC_CTX *context) { return EVP_MAC_init(context, NULL, 0, NULL); }

static inline int copenssl_aead_set_nonce_length(EVP_CIPHER_CTX *context, int length) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, length, NULL);
}

static inline int copenssl_aead_get_tag(EVP_CIPHER_CTX *context, unsigned char *tag, int length) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length, tag);
}

/// Sets the tag to expect; OpenSSL does not change it.
static inline int copenssl_aead_set_tag(EVP_CIPHER_CTX *context, const unsigned char *tag, int length) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length, (void *)tag);
}

// Keys and signatures.

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

/// Makes a P-256 public key from an uncompressed point, which OpenSSL does not change.
static inline int copenssl_p256_key(EVP_PKEY_CTX *context, EVP_PKEY **key, const unsigned char *point, size_t length) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)"prime256v1", 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point, length), OSSL_PARAM_construct_end()};
    return EVP_PKEY_fromdata(context, key, EVP_PKEY_PUBLIC_KEY, parameters);
}

/// Makes an RSA public key from its numbers, whose bytes are in the machine's order. OpenSSL does not change them.
static inline int copenssl_rsa_key(
    EVP_PKEY_CTX *context, EVP_PKEY **key, const unsigned char *modulus, size_t modulus_length,
    const unsigned char *exponent, size_t exponent_length) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, (unsigned char *)modulus, modulus_length),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, (unsigned char *)exponent, exponent_length),
        OSSL_PARAM_construct_end()};
    return EVP_PKEY_fromdata(context, key, EVP_PKEY_PUBLIC_KEY, parameters);
}

// Certificates and TLS.

#include <openssl/x509.h>

static inline STACK_OF(X509) *copenssl_certificates_new(void) { return sk_X509_new_null(); }

/// The stack takes the reference over. Returns 0 where there is no memory.
static inline int copenssl_certificates_push(STACK_OF(X509) *stack, X509 *certificate) {
    return sk_X509_push(stack, certificate);
}

/// Frees the stack; its certificates stay.
static inline void copenssl_certificates_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }

static inline int copenssl_tls_set_versions(SSL_CTX *context, int lowest, int highest) {
    return SSL_CTX_set_min_proto_version(context, lowest) == 1 && SSL_CTX_set_max_proto_version(context, highest) == 1;
}

static inline void copenssl_tls_harden(SSL_CTX *context) {
    SSL_CTX_set_options(
        context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                     SSL_OP_PRIORITIZE_CHACHA);
}

static inline void copenssl_tls_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }

static inline int copenssl_tls_set_groups(SSL_CTX *context, const char *groups) {
    return (int)SSL_CTX_set1_groups_list(context, groups);
}

/// The store that peers are verified by, instead of the context's own; the context takes a reference of its own.
static inline int copenssl_tls_set_verify_store(SSL_CTX *context, X509_STORE *store) {
    return (int)SSL_CTX_set1_verify_cert_store(context, store);
}

static inline void copenssl_tls_set_session_cache_mode(SSL_CTX *context, long mode) {
    SSL_CTX_set_session_cache_mode(context, mode);
}

/// The name for the extension server_name (RFC 6066, section 3).
static inline int copenssl_tls_set_server_name(SSL *connection, const char *name) {
    return (int)SSL_set_tlsext_host_name(connection, name);
}

/// Index 0 is the application's own by definition.
static inline int copenssl_tls_set_owner(SSL *connection, void *owner) {
    return SSL_set_ex_data(connection, 0, owner);
}

static inline void *copenssl_tls_owner(const SSL *connection) { return SSL_get_ex_data(connection, 0); }

static inline void copenssl_bio_want_read(BIO *bio) { BIO_set_retry_read(bio); }

static inline void copenssl_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

#endif
