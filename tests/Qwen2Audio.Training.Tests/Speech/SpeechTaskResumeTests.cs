using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests.Speech;

/// <summary>A run in pieces ends with the same bits as a run in one piece.</summary>
public sealed class SpeechTaskResumeTests : TestInFolder
{
    private readonly SpeechRecipe _recipe;
    private readonly SpeechCorpus _corpus;

    public SpeechTaskResumeTests()
    {
        _recipe = TinyCorpus.Make(Folder);
        _corpus = SpeechCorpus.Load(_recipe);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(9)]
    public void Stopping_after_any_step_changes_no_bit(int stop)
    {
        var whole = Train("whole", int.MaxValue);
        Train("pieces", stop);
        var pieces = Train("pieces", int.MaxValue);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "training", "state.safetensors")), File.ReadAllBytes(Path.Combine(pieces, "training", "state.safetensors")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "model.safetensors")), File.ReadAllBytes(Path.Combine(pieces, "model.safetensors")));
    }

    [Fact]
    public void A_damaged_checkpoint_is_passed_over_and_the_one_before_it_used()
    {
        var whole = Train("whole", int.MaxValue);
        Train("damaged", 9); // checkpoints after 8 and 9 steps
        using (var run = RunFolder.Open(Path.Combine(Folder, "damaged")))
            File.WriteAllBytes(Path.Combine(run.Checkpoint(9), "training", "state.safetensors"), [1, 2, 3]);
        var warnings = new List<string>();
        var mended = Train("damaged", int.MaxValue, warnings);
        Assert.Contains(warnings, warning => warning.Contains("state.safetensors", StringComparison.Ordinal));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "training", "state.safetensors")), File.ReadAllBytes(Path.Combine(mended, "training", "state.safetensors")));
    }

    [Fact]
    public void Another_recipe_does_not_go_on_in_the_same_folder()
    {
        Train("changed", 3);
        var other = _recipe with { Seed = 5 };
        using var run = RunFolder.Open(Path.Combine(Folder, "changed"));
        Assert.Throws<RunException>(() => new TinyRun(other, _corpus, run, threads: 1));
    }

    [Fact]
    public void A_folder_with_other_content_or_another_run_is_refused_and_left_alone()
    {
        var taken = Directory.CreateDirectory(Path.Combine(Folder, "taken")).FullName;
        File.WriteAllText(Path.Combine(taken, "thesis.txt"), "mine");
        Assert.Throws<RunException>(() => RunFolder.Open(taken));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(taken, "thesis.txt")));
        using var first = RunFolder.Open(Path.Combine(Folder, "busy"));
        Assert.Throws<RunException>(() => RunFolder.Open(Path.Combine(Folder, "busy")));
    }

    private string Train(string name, int stopAfter, List<string>? warnings = null)
    {
        using var run = RunFolder.Open(Path.Combine(Folder, name));
        run.Warning = text => warnings?.Add(text);
        using var trainer = new TinyRun(_recipe, _corpus, run, threads: 2);
        using var stop = new CancellationTokenSource();
        trainer.Run(report =>
        {
            if (report.Step >= stopAfter) stop.Cancel();
        }, cancellation: stop.Token);
        return run.Checkpoint(run.Steps()[0]);
    }
}
