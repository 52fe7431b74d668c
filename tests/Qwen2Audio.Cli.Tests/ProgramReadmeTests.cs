using System.Text.RegularExpressions;

namespace Qwen2Audio.Cli.Tests;

/// <summary>What the README shows works with the shipped model.</summary>
public sealed class ProgramReadmeTests
{
    [Fact]
    public void Labels_are_those_that_the_model_knows()
    {
        var readme = File.ReadAllText(Path.Combine(Fixtures.Repository, "README.md"));
        List<string> labels = [.. Regex.Matches(readme, @"--labels (\S+)").SelectMany(match => match.Groups[1].Value.Split(','))];
        labels.AddRange(Regex.Matches(readme, @"Classify\([^[\n]*\[([^\]]*)\]").SelectMany(match => match.Groups[1].Value.Split(',')).Select(label => label.Trim(' ', '"')));
        Assert.True(labels.Count >= 5);
        using var info = JsonDocument.Parse(ProgramRun.Of("info", "--json").Output);
        var known = info.RootElement.GetProperty("label_sets").EnumerateObject().SelectMany(set => set.Value.EnumerateArray()).Select(label => label.GetString()).ToList();
        Assert.All(labels, label => Assert.Contains(label, known));
    }

    [Fact]
    public void The_first_commands_come_first()
    {
        var block = File.ReadAllText(Path.Combine(Fixtures.Repository, "README.md")).Split("```")[1].Split('\n');
        Assert.Equal(["dotnet run --project src/Qwen2Audio.Cli -- transcribe samples/tickets.wav", "dotnet test"], block[1..3]);
        Assert.Equal("I would like to buy two tickets for the concert on Friday evening.\n", ProgramRun.Of("transcribe", Path.Combine(Fixtures.Repository, "samples", "tickets.wav")).Output);
    }
}
