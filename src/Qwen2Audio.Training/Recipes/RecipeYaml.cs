using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Qwen2Audio.Training.Recipes;

/// <summary>Parses YAML into a tree. Limits are checked before the tree is built, so that a short text cannot expand into a huge one.</summary>
internal static class RecipeYaml
{
    private const int Depth = 32;
    private const int MaxNodes = 100_000;

    /// <summary>The root of the document; null when there is none.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="path">Path of the recipe, for messages.</param>
    /// <exception cref="RecipeException">The text is not YAML, has several documents, or is too deep or too large; names the line.</exception>
    public static YamlNode? Root(string text, string path)
    {
        var line = 1L;
        // the library treats NUL as the end of the text
        if (text.IndexOf('\0', StringComparison.Ordinal) is >= 0 and var nul) throw new RecipeException($"{path}, line {1 + text.AsSpan(0, nul).Count('\n')}: a NUL");
        try
        {
            foreach (var problem in Bound(text, at => line = at)) throw new RecipeException($"{path}, line {line}: {problem}");
            line = 1;
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 0 ? null : stream.Documents[0].RootNode;
        }
        catch (Exception exception) when (exception is not (RecipeException or OutOfMemoryException)) // the library also throws other exceptions than its own
        {
            var at = exception is YamlException yaml ? Math.Max(yaml.Start.Line, line) : line;
            throw new RecipeException($"{path}, line {Place(text, at, exception.Message)}: {Reason(exception)}", exception);
        }
    }

    // an alias counts each time, as its content is read each time
    private static IEnumerable<string> Bound(string text, Action<long> atLine)
    {
        var parser = new Parser(new StringReader(text));
        var open = new Stack<(AnchorName Anchor, long Before)>();
        var sizes = new Dictionary<AnchorName, long>();
        var (nodes, documents) = (0L, 0);
        while (parser.MoveNext())
        {
            var item = parser.Current!;
            atLine(item.Start.Line);
            switch (item)
            {
                case DocumentStart when ++documents > 1:
                    yield return "a second document begins here; a recipe has one";
                    break;
                case AnchorAlias alias when !sizes.ContainsKey(alias.Value):
                    yield return $"the alias *{alias.Value} has no anchor that ends before it";
                    break;
                case AnchorAlias alias:
                    nodes += sizes[alias.Value];
                    break;
                case Scalar scalar:
                    nodes++;
                    if (!scalar.Anchor.IsEmpty) sizes[scalar.Anchor] = 1;
                    break;
                case MappingStart or SequenceStart:
                    open.Push((((NodeEvent)item).Anchor, nodes++));
                    if (open.Count > Depth) yield return $"more than {Depth} levels of nesting";
                    break;
                case MappingEnd or SequenceEnd when open.TryPop(out var begun) && !begun.Anchor.IsEmpty:
                    sizes[begun.Anchor] = nodes - begun.Before;
                    break;
            }

            if (nodes > MaxNodes) yield return $"more than {MaxNodes} values; the content of an alias counts each time";
        }
    }

    // for a tab, the library reports the start of its context; for an open bracket, a line after the last
    private static long Place(string text, long line, string reason)
    {
        var lines = text.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        if (!reason.Contains(" tab", StringComparison.Ordinal)) return Math.Min(line, lines.Length);
        var tab = Array.FindIndex(lines, (int)Math.Min(line - 1, lines.Length), one => one.AsSpan(0, one.Length - one.AsSpan().TrimStart(" \t").Length).Contains('\t'));
        return tab < 0 ? line : tab + 1;
    }

    private static string Reason(Exception exception) => exception switch
    {
        YamlException { InnerException: null } yaml when yaml.Message.StartsWith("Duplicate key", StringComparison.Ordinal) => "the name is repeated here",
        YamlException { InnerException: null } yaml => $"not YAML: {char.ToLowerInvariant(yaml.Message[0])}{yaml.Message[1..]}",
        _ => "not YAML; is a bracket or a quotation mark unclosed?",
    };
}
