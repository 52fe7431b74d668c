using System.Xml.Linq;

namespace Qwen2Audio.Architecture.Tests;

/// <summary>The dependency rule of ARCHITECTURE.md, checked on the project files and the sources.</summary>
public sealed partial class ProjectDependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Numerics"] = [],
        ["Formats"] = ["Numerics"],
        ["Text"] = [],
        ["Model"] = [],
        ["Audio"] = ["Numerics"],
        ["Checkpoints"] = ["Formats", "Model", "Text"],
        ["Inference"] = ["Numerics", "Formats", "Model", "Checkpoints", "Audio"],
        ["Training"] = ["Numerics", "Formats", "Model", "Checkpoints", "Audio", "Text"],
        ["Hub"] = ["Formats"],
        ["Tasks"] = ["Inference", "Numerics", "Formats", "Model", "Checkpoints", "Audio", "Text"],
        ["Extensions"] = ["Tasks", "Inference", "Audio", "Text"],
        ["Evaluation"] = ["Tasks", "Numerics", "Audio", "Formats"],
        ["Cli"] = ["Tasks", "Hub", "Training", "Evaluation", "Inference", "Checkpoints", "Formats", "Model", "Numerics", "Audio", "Text"],
    };

    /// <summary>What writes files without Formats, and why that is right.</summary>
    private static readonly Dictionary<string, string[]> WritesItself = new(StringComparer.Ordinal)
    {
        [Path.Combine("Runs", "RunLock.cs")] = ["new FileStream("], // held open
        [Path.Combine("Cache", "RepositoryLock.cs")] = ["new FileStream("], // held open, nothing in it
    };

    public static TheoryData<string> Projects() => new(ProjectNames());

    [Fact]
    public void Every_project_is_in_the_table() =>
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), ProjectNames().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_it_may(string name)
    {
        var project = XDocument.Load(Path.Combine(Folder(name), $"Qwen2Audio.{name}.csproj"));
        var references = project.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)["Qwen2Audio.".Length..]);
        Assert.Empty(references.Except(Allowed[name], StringComparer.Ordinal));
    }

    /// <summary>Only tests and fuzz targets see a project's internals.</summary>
    [Theory]
    [MemberData(nameof(Projects))]
    public void Its_internals_are_open_to_no_other_project(string name)
    {
        var project = XDocument.Load(Path.Combine(Folder(name), $"Qwen2Audio.{name}.csproj"));
        var open = project.Descendants("InternalsVisibleTo").Select(seen => seen.Attribute("Include")!.Value);
        Assert.Empty(open.Intersect(ProjectNames().Select(other => $"Qwen2Audio.{other}"), StringComparer.OrdinalIgnoreCase));
        foreach (var (file, text) in Sources(name)) Assert.False(text.Contains("InternalsVisibleTo", StringComparison.Ordinal), file);
    }

    [Fact]
    public void The_model_uses_nothing_but_the_base_library()
    {
        var project = XDocument.Load(Path.Combine(Folder("Model"), "Qwen2Audio.Model.csproj"));
        Assert.Empty(project.Descendants("PackageReference"));
        foreach (var (file, text) in Sources("Model"))
            Assert.False(Usings(text).Any(name => name.StartsWith("Qwen2Audio.", StringComparison.Ordinal)
                && !name.StartsWith("Qwen2Audio.Model", StringComparison.Ordinal)), file);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Only_numerics_is_unsafe_or_uses_intrinsics(string name)
    {
        if (name == "Numerics") return;
        Assert.DoesNotContain("AllowUnsafeBlocks", File.ReadAllText(Path.Combine(Folder(name), $"Qwen2Audio.{name}.csproj")), StringComparison.Ordinal);
        foreach (var (file, text) in Sources(name)) Assert.False(Rules.UsesIntrinsics(text), file);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Only_formats_writes_files(string name)
    {
        if (name == "Formats") return;
        foreach (var (file, text) in Sources(name))
            Assert.Equal(WritesItself.GetValueOrDefault(Path.GetRelativePath(Folder(name), file), []), Rules.FileWrites(text));
    }

    [Fact]
    public void A_model_file_fits_a_screen_or_two()
    {
        foreach (var (file, text) in Sources("Model")) Assert.True(text.Count(c => c == '\n') <= 150, file);
    }

    [Theory]
    [InlineData("src"), InlineData("tests"), InlineData("bench"), InlineData("examples")]
    public void A_namespace_is_its_folder(string root)
    {
        foreach (var file in SourceFiles(Path.Combine(Fixtures.Repository, root)))
        {
            if (Namespace().Match(File.ReadAllText(file)) is not { Success: true } found) continue;
            var folder = Path.GetRelativePath(Path.Combine(Fixtures.Repository, root), Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.');
            var name = found.Groups[1].Value;
            // FileKind.cs is compiled into projects that may not know each other; what extends a library's types stands in its namespace
            if (Path.GetFileName(file) is "FileKind.cs" || name.StartsWith("Microsoft.", StringComparison.Ordinal) || name.StartsWith("System.", StringComparison.Ordinal)) continue;
            Assert.Equal((file, folder), (file, name));
        }
    }

    [Fact]
    public void No_source_file_is_over_500_lines()
    {
        foreach (var name in ProjectNames())
            foreach (var (file, text) in Sources(name)) Assert.True(text.Count(c => c == '\n') <= 500, file);
    }

    private static IEnumerable<string> ProjectNames() => Directory.EnumerateDirectories(Path.Combine(Fixtures.Repository, "src"))
        .Where(folder => Directory.EnumerateFiles(folder, "*.csproj").Any()).Select(folder => Path.GetFileName(folder)["Qwen2Audio.".Length..]);

    private static string Folder(string name) => Path.Combine(Fixtures.Repository, "src", "Qwen2Audio." + name);

    private static IEnumerable<(string File, string Text)> Sources(string name) => SourceFiles(Folder(name)).Select(file => (file, File.ReadAllText(file)));

    private static IEnumerable<string> SourceFiles(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            && !file.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    private static IEnumerable<string> Usings(string text) => text.Split('\n')
        .Where(line => line.StartsWith("using ", StringComparison.Ordinal) && line.TrimEnd().EndsWith(';'))
        .Select(line => line.Trim()["using ".Length..^1]);
}
