using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Tests.Speech;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>A run resumes only with its original recipe, model and data, wherever they are stored, and says what differs.</summary>
public sealed class RunConditionsTests : TestInFolder
{
    private readonly string _folder;
    private readonly SpeechRecipe _recipe;

    public RunConditionsTests()
    {
        _folder = Directory.CreateDirectory(Path.Combine(Folder, "here")).FullName;
        _recipe = TinyCorpus.Make(_folder);
        using var run = RunFolder.Open(Path.Combine(_folder, "run"));
        using var trainer = new TinyRun(_recipe, SpeechCorpus.Load(_recipe), run, threads: 1);
        using var stop = new CancellationTokenSource();
        trainer.Run(_ => stop.Cancel(), cancellation: stop.Token);
    }

    [Fact]
    public void Another_setting_is_named_with_both_values()
    {
        var error = Refused(_recipe with { Seed = 5, Optimizer = _recipe.Optimizer with { WeightDecay = 0.25 } });
        Assert.Contains("seed: 5, the run has 4", error, StringComparison.Ordinal);
        Assert.Contains("optimizer.weight_decay: 0.25, the run has ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("sounds", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_text_is_noticed()
    {
        TinyCorpus.WriteManifest(_folder, i => i == 3 ? "wind" : TinyCorpus.Word(i));
        var error = Refused(_recipe);
        Assert.Contains("corpus.clips: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("corpus.sounds", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_sound_under_the_same_name_is_noticed()
    {
        TinyCorpus.WriteClip(_folder, 3, hertz: 2000);
        var error = Refused(_recipe);
        Assert.Contains("corpus.sounds: ", error, StringComparison.Ordinal);
        Assert.Contains("corpus.feature_scale: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("corpus.clips", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_pronunciations_are_noticed()
    {
        var dictionary = Path.Combine(_folder, "words.dict");
        File.WriteAllText(dictionary, "one W AH N\n");
        var error = Refused(_recipe with { Data = _recipe.Data with { Dictionaries = [dictionary] } });
        Assert.Contains("corpus.pronunciations: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder, error[(error.IndexOf('\n', StringComparison.Ordinal) + 1)..], StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_was_moved_goes_on_and_so_does_a_run_that_saves_at_other_steps()
    {
        var there = Path.Combine(Folder, "there");
        Directory.Move(_folder, there);
        var recipe = TinyCorpus.Recipe(there);
        recipe = recipe with { Checkpoints = recipe.Checkpoints with { SaveEvery = 2 } };
        using var run = RunFolder.Open(Path.Combine(there, "run"));
        using var trainer = new TinyRun(recipe, SpeechCorpus.Load(recipe), run, threads: 1);
        Assert.True(trainer.Resumed);
        Assert.Equal(1, trainer.Step);
    }

    private string Refused(SpeechRecipe recipe)
    {
        using var run = RunFolder.Open(Path.Combine(_folder, "run"));
        var corpus = SpeechCorpus.Load(recipe);
        return Assert.Throws<RunException>(() => new TinyRun(recipe, corpus, run, threads: 1)).Message;
    }
}
