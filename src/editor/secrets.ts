// Which unsaved files stay in the editor. Pure.

const TELLING = /secret|credential|password|token|kubeconfig|htpasswd|^id_(rsa|dsa|ecdsa|ed25519)/i;
const KEYS = /\.(pem|key|p12|pfx|keystore|jks|kdbx|ppk)$/i;
const CODE = /\.(py|pyi|pyx)$/i;

/**
 * Whether a file, by its path, may hold what the sandbox hides on the disk: then its unsaved text must not reach it either.
 * Hidden files and folders are among them, Python's own files never are.
 */
export function mayBeSecret(path: string): boolean {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.some((part) => part.startsWith('.'))) return true;
  return KEYS.test(name) || (TELLING.test(name) && !CODE.test(name));
}
