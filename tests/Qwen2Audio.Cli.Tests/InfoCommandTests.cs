namespace Qwen2Audio.Cli.Tests;

/// <summary>info on configurations with and without weights.</summary>
public sealed class InfoCommandTests : TestInFolder
{
    public static TheoryData<string> Configs()
    {
        var files = Fixtures.Has("configs") ? Directory.EnumerateFiles(Fixtures.Locate("configs"), "qwen*.json").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal).ToArray() : [];
        return [.. files.Length == 0 ? ["none"] : files];
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void Info_describes_every_published_configuration_without_weights(string file)
    {
        Assert.SkipUnless(Fixtures.Has("configs", file), Fixtures.MissingReason("configs", file));
        using var recorded = JsonDocument.Parse(File.ReadAllText(Fixtures.Locate("configs", file)));
        File.WriteAllText(Path.Combine(Folder, "config.json"), recorded.RootElement.GetProperty("config").GetRawText());
        using var ofFolder = Info(Folder);
        using var ofFile = Info(Fixtures.Locate("configs", file));
        foreach (var facts in new[] { ofFolder.RootElement, ofFile.RootElement })
        {
            Assert.Equal(recorded.RootElement.GetProperty("parameters").GetInt64(), facts.GetProperty("parameters").GetInt64());
            Assert.Equal(recorded.RootElement.GetProperty("tensor_count").GetInt32(), facts.GetProperty("tensors").GetInt32());
            Assert.Equal(recorded.RootElement.GetProperty("config").GetProperty("model_type").GetString(), facts.GetProperty("model_type").GetString());
            Assert.Equal(2 * facts.GetProperty("parameters").GetInt64(), facts.GetProperty("weight_bytes").GetInt64()); // bfloat16
            Assert.Contains("weights", facts.GetProperty("missing")[0].GetString(), StringComparison.Ordinal);
            Assert.Contains("tokenizer", facts.GetProperty("missing")[1].GetString(), StringComparison.Ordinal);
            Assert.True(facts.GetProperty("fields_not_used").GetArrayLength() > 0);
        }
    }

    [Fact]
    public void Info_says_how_many_parameters_a_mixture_uses_for_a_token()
    {
        Assert.SkipUnless(Fixtures.Has("configs", "qwen2-57b-a14b-instruct.json"), Fixtures.MissingReason("configs"));
        using var facts = Info(Fixtures.Locate("configs", "qwen2-57b-a14b-instruct.json"));
        Assert.InRange(facts.RootElement.GetProperty("active_parameters").GetInt64(), 14_000_000_000, 14_500_000_000);
    }

    [Fact]
    public void Info_lists_what_is_wrong_with_weights_and_has_exit_code_3()
    {
        var source = Path.Combine(Fixtures.Repository, "tests", "fixtures", "qwen2-dense-f16");
        foreach (var name in new[] { "config.json", "model.safetensors" }) File.Copy(Path.Combine(source, name), Path.Combine(Folder, name));
        Assert.Equal(0, ProgramRun.Of("info", Folder).ExitCode);

        File.WriteAllText(Path.Combine(Folder, "config.json"),
            File.ReadAllText(Path.Combine(Folder, "config.json")).Replace("\"intermediate_size\": ", "\"intermediate_size\": 1", StringComparison.Ordinal));
        var more = ProgramRun.Of("info", Folder);
        Assert.Equal(3, more.ExitCode);
        Assert.Contains("model.layers.", more.Output, StringComparison.Ordinal);

        using (var file = File.Open(Path.Combine(Folder, "model.safetensors"), FileMode.Open)) file.SetLength(file.Length - 1);
        var cut = ProgramRun.Of("info", Folder, "--json");
        Assert.Equal(3, cut.ExitCode);
        using var facts = JsonDocument.Parse(cut.Output);
        Assert.True(facts.RootElement.GetProperty("weight_problems").GetArrayLength() > 0);
    }

    private static JsonDocument Info(string path)
    {
        var run = ProgramRun.Of("info", path, "--json");
        Assert.Equal(0, run.ExitCode);
        return JsonDocument.Parse(run.Output);
    }
}
