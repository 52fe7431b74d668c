namespace Qwen2Audio.Architecture.Tests;

/// <summary>Everything that ARCHITECTURE.md names in backticks exists in the sources.</summary>
public sealed partial class ArchitectureNameTests
{
    private static readonly string Source = Path.Combine(Fixtures.Repository, "src");

    /// <summary>Code without comments, by file.</summary>
    private static readonly Dictionary<string, string> Files = Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .ToDictionary(file => file, file => Comment().Replace(File.ReadAllText(file), ""), StringComparer.Ordinal);

    /// <summary>The files that declare each type.</summary>
    private static readonly ILookup<string, string> Types = Files
        .SelectMany(file => Declaration().Matches(file.Value).Select(match => (Name: match.Groups[1].Value, File: file.Key))).Distinct()
        .ToLookup(pair => pair.Name, pair => pair.File, StringComparer.Ordinal);

    public static TheoryData<string> Names() => new(Spans().Where(span => Name().IsMatch(span)));

    public static TheoryData<string> Paths() => new(Spans().Where(span => PathOrFile().IsMatch(span)));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_is_that_of_a_type_or_a_member(string span)
    {
        var parts = Argument().Replace(span, "").Split('.');
        if (parts[0] == "Qwen2Audio") return; // a project, which the dependency rule checks
        if (Types[parts[0]].Any())
        {
            if (parts.Length == 1) return;
            Assert.True(Types[parts[0]].Any(file => Declares(Files[file], parts[1])), $"{parts[0]} has no member {parts[1]}");
        }
        else Assert.True(parts.Length == 1 && Files.Values.Any(code => Declares(code, parts[0])), $"no type and no member {parts[0]}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_type_has_a_caller(string span)
    {
        var type = Argument().Replace(span, "").Split('.')[0];
        if (!Types[type].Any()) return;
        var called = Files.Any(file => !Types[type].Contains(file.Key) && Regex.IsMatch(file.Value, $@"\b{type}\b"));
        Assert.True(called, $"{type} has no caller in src");
    }

    /// <summary>A path in the repository, one below src, or one without its project's name and perhaps with a type's name at its end.</summary>
    [Theory]
    [MemberData(nameof(Paths))]
    public void A_path_exists(string span)
    {
        var ends = new[] { "", ".cs" }.Select(end => Path.DirectorySeparatorChar + (span.TrimEnd('/') + end).Replace('/', Path.DirectorySeparatorChar));
        Assert.True(
            Path.Exists(Path.Combine(Fixtures.Repository, span))
            || ends.Any(end => Files.Keys.Any(file => ($"{file}{Path.DirectorySeparatorChar}").Contains(end + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                || Rooted(file).Contains(end + Path.DirectorySeparatorChar, StringComparison.Ordinal))),
            span);
    }

    private static string Rooted(string file) =>
        Path.DirectorySeparatorChar + Path.GetRelativePath(Source, file).Replace("Qwen2Audio.", "", StringComparison.Ordinal) + Path.DirectorySeparatorChar;

    // a method, a property, a field, a parameter of a record or a value of an enum
    private static bool Declares(string code, string name) =>
        Regex.IsMatch(code, $@"^\s+(?:(?:public|internal|private|protected|static|required|override|abstract|readonly|partial|async)\s+)*[\w<>\[\]?,.() ]+\s{name}\s*(?:[(<{{=;]|=>|$)", RegexOptions.Multiline);

    private static IEnumerable<string> Spans() => Span().Matches(File.ReadAllText(Path.Combine(Fixtures.Repository, "ARCHITECTURE.md")))
        .Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal);

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"^[A-Z]\w+[a-z]\w*(<T>)?(\.[A-Z]\w+)?(\(\w*\))?$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^(?:[\w.-]+/[\w./-]*|\w+\.cs)$")]
    private static partial Regex PathOrFile();

    [GeneratedRegex(@"<T>|\(\w*\)")]
    private static partial Regex Argument();

    [GeneratedRegex("//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(?:class|record struct|record|struct|interface|enum) (\w+)")]
    private static partial Regex Declaration();
}
