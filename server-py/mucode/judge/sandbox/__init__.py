"""Running untrusted code: tiers, warm fork servers, fences, limits. What a program is judged by is not known here."""
