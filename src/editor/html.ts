// The HTML of the panel: a frame without content, a strict content security policy, and nothing inline. Pure.

export type PageUris = {
  readonly script: string;
  readonly style: string;
  /** What VS Code calls the origin of its own resources. */
  readonly source: string;
};

/** `nonce` is fresh for every page, so that no script but ours runs. */
export function panelHtml({ script, style, source }: PageUris, nonce: string): string {
  const policy = [
    `default-src 'none'`,
    `style-src ${source}`,
    `script-src 'nonce-${nonce}'`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>μCode Repair</title>
</head>
<body>
<div class="said" role="status" aria-live="polite"></div>
<main></main>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
