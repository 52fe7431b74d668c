using System.Net;

namespace Qwen2Audio.Evaluation.Pages;

/// <summary>A page in one file: no other files, no network, no scripts. It follows the reader's light or dark setting and fits on a phone.</summary>
internal sealed class HtmlPage(string title)
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b1b24; --dim: #5c5c6b; --page: #fbfbfd; --card: #ffffff; --line: #dcdce4; --best: #0b6e4f; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8e8f0; --dim: #a0a0b0; --page: #14141b; --card: #1d1d27; --line: #34343f; --best: #6fd6ae; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem clamp(0.75rem, 3vw, 2rem) 3rem; max-width: 84rem; background: var(--page); color: var(--ink);
          font: 16px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.5rem 0; } h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; } p { margin: 0.4rem 0; max-width: 60rem; }
        .scroll + p { margin-top: 0.8rem; } .dim { color: var(--dim); } .path { overflow-wrap: anywhere; }
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
        th, td { padding: 0.35rem 0.7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
        th { color: var(--dim); font-weight: 600; white-space: normal; vertical-align: bottom; } tr:last-child td { border-bottom: 0; } tr.part td { border-top: 2px solid var(--line); }
        th.name, td.name { text-align: left; }
        .grid { display: grid; gap: 0.9rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
        figure { margin: 0; padding: 0.6rem 0.7rem 0.7rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); min-width: 0; }
        figcaption { display: flex; flex-wrap: wrap; gap: 0 0.8rem; justify-content: space-between; font-size: 0.9rem; margin-bottom: 0.3rem; }
        figcaption b { font-weight: 600; } audio { width: 100%; height: 2.5rem; margin-top: 0.4rem; display: block; }
        .plot { position: relative; margin: 0 0 1.3rem 2rem; } .plot img { display: block; width: 100%; height: 9rem; border-radius: 3px; }
        .plot span { position: absolute; font-size: 0.7rem; line-height: 1; color: var(--dim); white-space: nowrap; }
        .plot .y { right: calc(100% + 0.35rem); transform: translateY(50%); } .plot .x { top: calc(100% + 0.3rem); transform: translateX(-50%); }
        .plot .x.first { transform: none; } .plot .x.unit { transform: translateX(-100%); }
        .sound .plot { margin-bottom: 0.35rem; } .sound .plot:last-of-type { margin-bottom: 1.3rem; } .heard { font-size: 1.15rem; }
        .plot.words { height: 1.5rem; } .plot.words span { top: 0; bottom: 0; padding: 0.3rem 0.1rem; border-left: 1px solid var(--line); border-right: 1px solid var(--line); text-align: center;
          font-size: 0.8rem; color: var(--ink); overflow: hidden; text-overflow: ellipsis; }
        .wave svg { display: block; width: 100%; height: 4rem; } .wave path { fill: var(--best); stroke: var(--best); stroke-width: 1; vector-effect: non-scaling-stroke; } .codes img { image-rendering: pixelated; }
        """;

    private readonly StringBuilder _body = new();

    /// <summary>Adds HTML.</summary>
    public HtmlPage Add(string html)
    {
        _body.Append(html).Append('\n');
        return this;
    }

    /// <summary>Text as HTML.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A file inside the page.</summary>
    public static string DataUri(string type, ReadOnlySpan<byte> bytes) => $"data:{type};base64,{Convert.ToBase64String(bytes)}";

    /// <summary>Adds a table that scrolls sideways if necessary; the first columns are names, the others numbers.</summary>
    /// <param name="heading">The column headings.</param>
    /// <param name="rows">Cells as text.</param>
    /// <param name="names">Number of columns with names.</param>
    /// <param name="begins">Whether a row begins a new part of the table.</param>
    public HtmlPage Table(IReadOnlyList<string> heading, IEnumerable<IReadOnlyList<string>> rows, int names, Func<int, bool>? begins = null)
    {
        _body.Append("<div class=\"scroll\"><table>\n<thead><tr>").AppendJoin("", heading.Select((cell, i) => Cell("th", cell, i))).Append("</tr></thead>\n<tbody>\n");
        foreach (var (number, row) in rows.Index())
            _body.Append(begins?.Invoke(number) == true ? "<tr class=\"part\">" : "<tr>").AppendJoin("", row.Select((cell, i) => Cell("td", cell, i))).Append("</tr>\n");
        return Add("</tbody></table></div>");

        string Cell(string tag, string cell, int column) => $"<{tag}{(column < names ? " class=\"name\"" : "")}>{Text(cell)}</{tag}>";
    }

    /// <summary>The whole page.</summary>
    public override string ToString() => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{Text(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <h1>{Text(title)}</h1>
        {_body}</body>
        </html>

        """;
}
