using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Cli.Tests;

/// <summary>merge-lora, and --adapter of other commands, on small folders in the published format.</summary>
public sealed class MergeLoraCommandTests : IDisposable
{
    private static readonly string Seven = Path.Combine(Fixtures.Repository, "samples", "seven.wav");
    private static readonly string Date = Path.Combine(Fixtures.Repository, "samples", "date.wav");
    private readonly TinyChat _tiny = new();
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void An_adapter_weighs_labels_as_its_merged_model_does()
    {
        var (adapter, merged) = (Adapter("adapter"), Path.Combine(_folder, "merged"));
        var merge = ProgramRun.Of("merge-lora", _tiny.Folder, adapter, "--out", merged, "--json");
        Assert.Equal(0, merge.ExitCode);
        Assert.Equal(
            Directory.GetFiles(_tiny.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal), Directory.GetFiles(merged).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllText(Path.Combine(_tiny.Folder, "config.json")), File.ReadAllText(Path.Combine(merged, "config.json")));
        var (plain, unmerged, whole) = (Labels("--model", _tiny.Folder), Labels("--model", _tiny.Folder, "--adapter", adapter), Labels("--model", merged));
        Assert.All(unmerged, label => Assert.Equal(whole[label.Key], label.Value, 0.02)); // the merged weights are rounded to bfloat16
        Assert.Contains(plain, label => Math.Abs(label.Value - unmerged[label.Key]) > 0.05);

        var again = ProgramRun.Of("merge-lora", _tiny.Folder, adapter, "--out", merged);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("name another folder", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, ProgramRun.Of("chat", "--model", _tiny.Folder, "--adapter", adapter, "--prompt", "x", "--max-tokens", "3").ExitCode);
        Assert.Equal(0, ProgramRun.Of("transcribe", Seven, "--model", _tiny.Folder, "--adapter", adapter).ExitCode);
    }

    [Fact]
    public void Evaluate_takes_published_models_with_adapters_and_writes_what_it_heard()
    {
        var (adapter, manifest, answers) = (Adapter("adapter"), Path.Combine(_folder, "m.tsv"), Path.Combine(_folder, "answers.jsonl"));
        File.WriteAllText(manifest, $"path\tdataset\ttask\ttext_or_label\tsplit\n{Seven}\tspeech\tasr\tseven\tval\n{Date}\tsounds\tclassification\train\tval\n");
        string[] arguments = ["evaluate", manifest, "--model", _tiny.Folder, "--adapter", adapter, "--language", "de", "--out", answers];
        var run = ProgramRun.Of(arguments);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("word error rate  speech", run.Output, StringComparison.Ordinal);
        var lines = File.ReadAllLines(answers).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal("seven", lines[0].GetProperty("reference").GetString());
        var transcription = ProgramRun.Of("transcribe", Seven, "--model", _tiny.Folder, "--adapter", adapter, "--language", "de", "--json");
        using (var json = JsonDocument.Parse(transcription.Output)) Assert.Equal(json.RootElement.GetProperty("text").GetString(), lines[0].GetProperty("hypothesis").GetString());
        Assert.Equal("rain", lines[1].GetProperty("label").GetString());

        var again = ProgramRun.Of(arguments);
        Assert.Equal(3, again.ExitCode);
        Assert.Contains("--resume", again.Error, StringComparison.Ordinal);
        Assert.Equal(run.Output[..run.Output.IndexOf("real-time", StringComparison.Ordinal)],
            ProgramRun.Of([.. arguments, "--resume"]).Output[..run.Output.IndexOf("real-time", StringComparison.Ordinal)]);
        Assert.Equal(2, File.ReadAllLines(answers).Length);
        Assert.Equal(3, ProgramRun.Of(["evaluate", manifest, "--model", _tiny.Folder, "--out", answers, "--resume"]).ExitCode); // without the adapter
        Assert.Equal(2, ProgramRun.Of(["evaluate", manifest, "--model", _tiny.Folder, "--ctc-weight", "0.5"]).ExitCode);
        Assert.Equal(2, ProgramRun.Of(["evaluate", manifest, "--resume"]).ExitCode);
    }

    [Fact]
    public void What_is_wrong_with_an_adapter_is_named()
    {
        var missing = ProgramRun.Of("chat", "--model", _tiny.Folder, "--adapter", Path.Combine(_folder, "none"), "--prompt", "x");
        Assert.Equal(3, missing.ExitCode);
        Assert.Contains("adapter_config.json", missing.Error, StringComparison.Ordinal);

        var adapter = Adapter("dora");
        var settings = Path.Combine(adapter, LoraConfigReader.FileName);
        File.WriteAllText(settings, File.ReadAllText(settings).Replace("\"use_dora\": false", "\"use_dora\": true", StringComparison.Ordinal));
        var refused = ProgramRun.Of("classify", Seven, "--labels", "a,b", "--model", _tiny.Folder, "--adapter", adapter);
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("lora_magnitude_vector", refused.Error, StringComparison.Ordinal);

        using var small = new TinyChat(acceptsAudio: false);
        var foreign = ProgramRun.Of("merge-lora", small.Folder, Adapter("other"), "--out", Path.Combine(_folder, "never"));
        Assert.Equal(3, foreign.ExitCode);
        Assert.Contains("audio_tower", foreign.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "never")));
    }

    [Fact]
    public void Help_shows_an_example() => Assert.Contains("qwen2audio merge-lora", ProgramRun.Of("merge-lora", "--help").Output, StringComparison.Ordinal);

    public void Dispose()
    {
        _folder.Dispose();
        _tiny.Dispose();
    }

    private static Dictionary<string, double> Labels(params string[] model)
    {
        var run = ProgramRun.Of(["classify", Seven, "--labels", "dog bark,rain,seven", "--json", .. model]);
        Assert.Equal(0, run.ExitCode);
        using var document = JsonDocument.Parse(run.Output);
        return document.RootElement.GetProperty("labels").EnumerateArray().ToDictionary(label => label.GetProperty("label").GetString()!, label => label.GetProperty("probability").GetDouble());
    }

    /// <summary>A random adapter on encoder and decoder.</summary>
    private string Adapter(string name)
    {
        var path = Path.Combine(_folder, name);
        var config = new LoraConfig { R = 3, LoraAlpha = 6, TargetModules = ModuleSelector.Of("q_proj", "fc1", "down_proj", "linear", "lm_head") };
        var weights = ModelDescription.Open(_tiny.Folder).Tensors().Select(tensor => (tensor.Name, (IReadOnlyList<int>)[.. tensor.Shape.Select(size => (int)size)]));
        var random = new Random(6);
        NewTensor Numbers(string tensor, int rows, int columns) =>
            NewTensor.Floats(tensor, [rows, columns], Enumerable.Range(0, rows * columns).Select(_ => (float)(0.8 * (random.NextDouble() - 0.5))).ToArray());
        AdapterFolder.Write(path, config, LoraTarget.Of(config, weights).SelectMany(target => new[]
        {
            Numbers(target.NameOfA, target.Rank, target.In), Numbers(target.NameOfB, target.Out, target.Rank),
        }));
        return path;
    }
}
