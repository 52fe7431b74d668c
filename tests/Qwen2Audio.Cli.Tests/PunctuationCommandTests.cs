namespace Qwen2Audio.Cli.Tests;

public sealed class PunctuationCommandTests
{
    [Fact]
    public void A_model_is_learnt_measured_and_used()
    {
        using var folder = new TemporaryFolder();
        var text = folder.Write("text.txt", string.Concat(Enumerable.Repeat("It was in January, I think. Was it cold?\nno marks here\n", 50)));
        var manifest = folder.Write("m.tsv", "path\tdataset\ttext_or_label\tsplit\na.wav\tmine\tI was in Rome.\ttrain\nb.wav\tmine\tIt was in January, I think. Was it cold?\tval\nc.wav\tyours\tin lower case\tval\n");
        var learnt = ProgramRun.Of("punctuation", text, manifest, "--datasets", "mine=9", "--megabytes", "0.02", "--epochs", "10", "-o", folder["x.punctuation"], "--json");
        Assert.Equal((0, "warning: 50 passages have neither capitals nor punctuation, and were left out\n"), (learnt.ExitCode, learnt.Error));
        using var json = JsonDocument.Parse(learnt.Output);
        Assert.Equal((9 * 50 + 9 * 4, 3), (json.RootElement.GetProperty("words").GetInt32(), json.RootElement.GetProperty("capitals").GetInt32()));
        Assert.Equal(new FileInfo(folder["x.punctuation"]).Length, json.RootElement.GetProperty("bytes").GetInt64());

        var measured = ProgramRun.Of("punctuation", manifest, "--model", folder["x.punctuation"]);
        Assert.Equal(0, measured.ExitCode);
        Assert.Contains("mine: 9 words", measured.Output, StringComparison.Ordinal);
        Assert.Matches("question marks +1 +100.0 % +100.0 % +100.0 % +0.0 %", measured.Output);
        Assert.Contains("yours: no text has capitals or punctuation", measured.Error, StringComparison.Ordinal);

        Assert.Equal(0, ProgramRun.Of("punctuation", text, "-o", folder["little.punctuation"]).ExitCode); // a megabyte for a short text
        Assert.Equal(0, ProgramRun.Of("punctuation", manifest, "--model", folder["little.punctuation"]).ExitCode);
        Assert.Equal(2, ProgramRun.Of("punctuation", text).ExitCode);
        var names = folder.Write("names.txt", string.Concat(Enumerable.Range(1, 5000).SelectMany(i => Enumerable.Repeat($"We saw {Name((uint)i * 2654435761)} there.\n", 5))));
        var small = ProgramRun.Of("punctuation", names, "-o", folder["small.punctuation"], "--megabytes", "0.01");
        Assert.Equal(2, small.ExitCode);
        Assert.Contains("--megabytes: ", small.Error, StringComparison.Ordinal);
        Assert.Equal(2, ProgramRun.Of("punctuation", text, "-o", folder["x.punctuation"]).ExitCode);
        Assert.Equal(3, ProgramRun.Of("punctuation", text, "--model", text).ExitCode);

        var model = folder["model"];
        Directory.CreateDirectory(model);
        foreach (var file in Directory.GetFiles(Path.Combine(Fixtures.Repository, "models", "default"))) File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        File.Copy(folder["x.punctuation"], Path.Combine(model, "text.punctuation"), overwrite: true);
        var date = Path.Combine(Fixtures.Repository, "samples", "date.wav");
        Assert.Equal("January twenty first nineteen seventy six\n", ProgramRun.Of("transcribe", date, "--model", model).Output);
        Assert.Equal("january twenty first nineteen seventy six\n", ProgramRun.Of("transcribe", date, "--model", model, "--plain").Output);
        File.WriteAllText(Path.Combine(model, "text.punctuation"), "q2punctuation");
        var damaged = ProgramRun.Of("transcribe", date, "--model", model);
        Assert.Equal(3, damaged.ExitCode);
        Assert.Contains(Path.Combine(model, "text.punctuation"), damaged.Error, StringComparison.Ordinal);
    }

    private static string Name(uint number)
    {
        var letters = new char[7];
        for (var i = 0; i < letters.Length; i++, number /= 26) letters[i] = (char)((i == 0 ? 'A' : 'a') + (number % 26));
        return new string(letters);
    }
}
