namespace Qwen2Audio.Architecture.Tests;

/// <summary>
/// Tests are named after what they test: a test class is in a file of its name, which begins with the name of a type,
/// folder or project of src, bench or tests/Qwen2Audio.Testing and ends with Tests; its folder is one of src.
/// </summary>
public sealed partial class TestNameTests
{
    private static readonly string Tests = Path.Combine(Fixtures.Repository, "tests");
    private static readonly string Source = Path.Combine(Fixtures.Repository, "src");
    private static readonly string[] Projects = [.. Directory.GetDirectories(Source, "Qwen2Audio.*")];
    private static readonly HashSet<string> Named = Names();

    public static TheoryData<string> Classes() => new(Files(Tests).Where(file => Test().IsMatch(File.ReadAllText(file))).Select(file => Path.GetRelativePath(Tests, file)));

    [Theory]
    [MemberData(nameof(Classes))]
    public void A_class_of_tests_is_named_after_what_it_tests(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        Assert.EndsWith("Tests", name, StringComparison.Ordinal);
        Assert.Matches($@"\bclass {name}\b", File.ReadAllText(Path.Combine(Tests, file)));
        var subject = name[..^"Tests".Length];
        var isFound = Enumerable.Range(1, subject.Length).Any(length => (length == subject.Length || !char.IsLower(subject[length])) && Named.Contains(subject[..length]));
        Assert.True(isFound || file.StartsWith("Qwen2Audio.Architecture.Tests", StringComparison.Ordinal), $"{subject} begins with the name of nothing that there is");
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public void Its_folder_is_one_of_the_sources(string file)
    {
        var folders = Path.GetDirectoryName(file)!.Split(Path.DirectorySeparatorChar)[1..];
        Assert.Contains(Projects, project => Directory.Exists(Path.Combine([project, .. folders])));
    }

    /// <summary>Temporary files of tests are in folders that are removed.</summary>
    [Fact]
    public void Temporary_folders_are_made_in_one_place() => Assert.DoesNotContain(
        Files(Tests).Where(file => !file.EndsWith("TemporaryFolder.cs", StringComparison.Ordinal)), file => Temporary().IsMatch(File.ReadAllText(file)));

    private static IEnumerable<string> Files(string root) => Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Where(file => !Built().IsMatch(file));

    private static HashSet<string> Names()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var root in new[] { Source, Path.Combine(Fixtures.Repository, "bench"), Path.Combine(Tests, "Qwen2Audio.Testing") })
            foreach (var file in Files(root))
                foreach (var part in Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar)) names.Add(Part().Match(part).Groups[1].Value);
        return names;
    }

    [GeneratedRegex(@"^\s*\[(Fact|Theory)\b", RegexOptions.Multiline)]
    private static partial Regex Test();

    [GeneratedRegex(@"\bPath\s*\.\s*GetTemp|\bDirectory\s*\.\s*CreateTemp")]
    private static partial Regex Temporary();

    [GeneratedRegex(@"[\\/](obj|bin)[\\/]")]
    private static partial Regex Built();

    [GeneratedRegex(@"^(?:Qwen2Audio\.)?([^.]*)")]
    private static partial Regex Part();
}
