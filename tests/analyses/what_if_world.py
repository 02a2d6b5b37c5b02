"""Eight people of whom somebody without a view sees seven hidden: enough for gaps to be told."""

from __future__ import annotations

MORE = {
    "reps": ["r7,Gina Ho,Gamma,North,m1,2023-01-01,", "r8,Hans Ott,Gamma,North,m1,2023-01-01,"],
    "deals": [
        "e01,r7,c1,p1,Won,2024-01-05,2024-01-25,75",
        "e02,r8,c2,p1,Won,2024-02-01,2024-02-14,130",
        "e03,r7,c2,p2,Won,2024-02-20,2024-03-05,60",
    ],
}
