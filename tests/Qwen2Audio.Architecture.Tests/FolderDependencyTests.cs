namespace Qwen2Audio.Architecture.Tests;

/// <summary>Which folders of a project may use which others of it. A folder that is not listed may use them all.</summary>
public sealed partial class FolderDependencyTests
{
    private static readonly Dictionary<string, Dictionary<string, string[]>> Allowed = new(StringComparer.Ordinal)
    {
        ["Numerics"] = new(StringComparer.Ordinal)
        {
            ["Memory"] = [],
            ["Threads"] = ["Memory"],
            ["Lanes"] = ["Memory", "Products"],
            ["Sweeps"] = ["Lanes", "Memory", "Threads"],
            ["Spectra"] = ["Memory", "Threads"],
            ["Experts"] = ["Memory", "Threads"],
            ["Products"] = ["Lanes", "Memory", "Sweeps", "Threads"],
            ["Stored"] = ["Lanes", "Memory", "Sweeps", "Threads"],
            ["Norms"] = ["Lanes", "Memory", "Sweeps", "Threads"],
            ["Activations"] = ["Lanes", "Memory", "Sweeps", "Threads"],
            ["Probabilities"] = ["Lanes", "Memory", "Sweeps", "Threads"],
            ["Optimisation"] = ["Lanes", "Memory", "Sweeps", "Threads"],
        },
        ["Model"] = new(StringComparer.Ordinal) // operators know no model, and models of one kind none of another
        {
            ["Ops"] = [],
            ["AudioEncoder"] = ["Ops"],
            ["Qwen2"] = ["Ops"],
            ["Whisper"] = ["AudioEncoder", "Ops"],
            ["Codec"] = ["Ops"],
            ["FrameCodec"] = ["Ops"],
            ["Synthesis"] = ["Ops", "Qwen2"],
        },
        ["Formats"] = new(StringComparer.Ordinal)
        {
            ["Files"] = [],
            ["Json"] = ["Files"],
            ["Safetensors"] = ["Files"],
            ["Manifests"] = ["Files", "Json"],
            ["Checkpoints"] = ["Files", "Json", "Safetensors"],
            ["Tokens"] = ["Files", "Json"],
            ["Alignments"] = ["Files", "Manifests"],
        },
        ["Audio"] = new(StringComparer.Ordinal) { ["Mel"] = [], ["Pictures"] = ["Mel"] },
        ["Inference"] = new(StringComparer.Ordinal) { ["Generation"] = [], ["Whisper"] = ["Generation"], ["Adapters"] = [], ["Codec"] = [], ["Synthesis"] = ["Codec", "Generation"] },
        ["Training"] = new(StringComparer.Ordinal)
        {
            ["Ops"] = [],
            ["Recipes"] = [],
            ["Distributed"] = ["Ops"],
            ["Adapters"] = ["Data", "Ops", "Optimisation"],
            ["Data"] = ["Distributed", "LanguageModel", "Losses"],
            ["Runs"] = ["Data", "Distributed", "LanguageModel", "Losses", "Ops", "Optimisation", "Recipes"], // knows no task
            ["Upcycling"] = ["Data", "Optimisation"],
            ["Losses"] = ["Ops", "Distributed"],
            ["Optimisation"] = ["Ops"],
            ["Quantisation"] = ["Data", "Distributed", "Ops"],
            ["LanguageModel"] = ["Ops", "Losses", "Distributed"],
        },
        ["Tasks"] = new(StringComparer.Ordinal)
        {
            ["Results"] = [],
            ["Ctc"] = [],
            ["Generation"] = [],
            ["Manifests"] = [],
            ["Clips"] = ["Ctc", "Results"],
            ["Domain"] = ["Clips", "Ctc", "Results"],
            ["Recognition"] = ["Clips", "Ctc", "Domain", "Results"],
            ["Alignment"] = ["Clips", "Ctc", "Manifests", "Recognition", "Results"],
            ["Synthesis"] = ["Results"],
            ["Routing"] = ["Synthesis"],
            ["Calibration"] = ["Clips", "Domain", "Manifests", "Recognition", "Results"],
            ["Whisper"] = ["Clips", "Results"],
            ["Chat"] = ["Clips", "Generation", "Results"],
            ["Prompts"] = ["Chat", "Clips", "Results"],
        },
        ["Evaluation"] = new(StringComparer.Ordinal) { ["Sound"] = [], ["Pages"] = [], ["Codecs"] = ["Pages", "Sound"] },
        ["Cli"] = new(StringComparer.Ordinal) { ["Output"] = [] },
    };

    public static TheoryData<string, string> Listed()
    {
        var data = new TheoryData<string, string>();
        foreach (var (project, rooms) in Allowed)
            foreach (var room in rooms.Keys) data.Add(project, room);
        return data;
    }

    [Theory]
    [MemberData(nameof(Listed))]
    public void A_folder_uses_only_those_that_it_may(string project, string room)
    {
        var root = $"Qwen2Audio.{project}";
        var files = Directory.GetFiles(Path.Combine(Fixtures.Repository, "src", root, room), "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var used = Using().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)
                .Where(name => name.StartsWith($"{root}.", StringComparison.Ordinal)).Select(name => name[(root.Length + 1)..].Split('.')[0]);
            Assert.Equal((file, ""), (file, string.Join(", ", used.Except([room, .. Allowed[project][room]], StringComparer.Ordinal))));
        }
    }

    [GeneratedRegex(@"^using (?:static |\w+ = )?([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Using();
}
