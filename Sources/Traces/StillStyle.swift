extension StillDrawing {
  /// Readable in light and in dark, and told apart without colour.
  static let style = """

    svg { --ground: #fff; --ink: #1d2126; --quiet: #5b636d; --line: #d5d9de; --bad: #b3001b;
      --leader: #00704a; --candidate: #a85a00; --vote: #7a3eb1; --append: #0b5cad; --beat: #8a939c;
      --t0: #e3e6e9; --t1: #cfe3f7; --t2: #f9e0bd; --t3: #d3edd2; }
    @media (prefers-color-scheme: dark) { svg { --ground: #1c2024; --ink: #e8eaed; --quiet: #a3acb6;
      --line: #3a4047; --bad: #ff6b7d; --leader: #4fd39a; --candidate: #ffb454; --vote: #c79bf2;
      --append: #76b7ff; --beat: #7f8a95; --t0: #2c3136; --t1: #1d3d5c; --t2: #573c14;
      --t3: #214a27; } }
    text { font: 12px system-ui, sans-serif; fill: var(--ink); stroke: var(--ground);
      stroke-width: 3px; paint-order: stroke; }
    .middle { text-anchor: middle; } .quiet { fill: var(--quiet); }
    .name { font-size: 16px; font-weight: 700; } .strong { fill: var(--bad); font-weight: 600; }
    line { stroke: var(--line); fill: none; } .ground { fill: var(--ground); }
    .tick { stroke-width: 0.5px; } .break { stroke-dasharray: 2 5; stroke: var(--quiet); }
    .cut, .cross { stroke: var(--bad); fill: none; } .cut { stroke-dasharray: 2 3; }
    .cross { stroke-width: 2.5px; }
    .t0 { fill: var(--t0); } .t1 { fill: var(--t1); }
    .t2 { fill: var(--t2); } .t3 { fill: var(--t3); }
    .follower { stroke: var(--quiet); stroke-width: 2px; }
    .candidate { stroke: var(--candidate); stroke-width: 6px; stroke-dasharray: 7 4; }
    .leader { stroke: var(--leader); stroke-width: 9px; }
    .paused, .down { stroke: var(--quiet); stroke-dasharray: 2 5; }
    line.vote { stroke: var(--vote); stroke-width: 1.8px; }
    line.append { stroke: var(--append); stroke-width: 1.8px; }
    line.beat { stroke: var(--beat); } line.reply { stroke-dasharray: 5 3; }
    text.vote, .vote.head { fill: var(--vote); } text.append, .append.head { fill: var(--append); }
    .beat.head { fill: var(--beat); }

    """
}
