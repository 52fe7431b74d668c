using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Model;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Speech.Phones;

namespace Qwen2Audio.Training.Tests.Speech;

public sealed class MeanPhonesTests : TestInFolder
{
    [Fact]
    public void The_priors_are_the_mean_probabilities_of_the_phone_head()
    {
        var recipe = Recipe();
        var corpus = SpeechCorpus.Load(recipe);
        using var parameters = new ParameterSet();
        using var pool = new WorkerPool(1);
        using var ops = new TrainingOps(pool) { DropoutRate = 0.5f };
        var tokens = SpeechTokens.Of(corpus.Tokenizer);
        var model = new Qwen2AudioModel(SpeechModelSizes.Of(recipe.Model, tokens.VocabSize, tokens.Audio), parameters.Weights);
        parameters.Allocate(SpeechModelSizes.Decays);
        Initialisation.Fill(parameters, seed: 5);
        Assert.Equal(1, MeanPhones.Of(ops, model.Encoder, corpus)!.Sum(), 1e-9);
        foreach (var parameter in parameters.Parameters.Where(parameter => parameter.Name.Contains("phone", StringComparison.Ordinal)))
        {
            if (parameter.Name.EndsWith("linear.weight", StringComparison.Ordinal)) parameter.Value.Fill(0);
            if (!parameter.Name.EndsWith("linear.bias", StringComparison.Ordinal)) continue;
            for (var i = 0; i < PhoneSet.Count; i++) parameter.Value.Span[i] = MathF.Log(i + 1); // the same in every row
        }

        var priors = MeanPhones.Of(ops, model.Encoder, corpus)!;
        var sum = PhoneSet.Count * (PhoneSet.Count + 1) / 2.0;
        for (var i = 0; i < PhoneSet.Count; i++) Assert.Equal((i + 1) / sum, priors[i], 1e-5);
        Assert.Equal(0.5f, ops.DropoutRate);
    }

    [Fact]
    public void A_model_with_phones_is_saved_with_its_priors_and_trained_as_without_saving()
    {
        var recipe = Recipe();
        var often = Train(recipe, "often");
        var once = Train(recipe with { Checkpoints = recipe.Checkpoints with { SaveEvery = 100 } }, "once");
        Assert.Equal(File.ReadAllBytes(Path.Combine(once, "model.safetensors")), File.ReadAllBytes(Path.Combine(often, "model.safetensors")));
        Assert.Equal(PhonePriors.Read(Path.Combine(once, PhonePriors.FileName))!, PhonePriors.Read(Path.Combine(often, PhonePriors.FileName)));
        Assert.Null(PhonePriors.Read(Path.Combine(Train(TinyCorpus.Recipe(Folder), "without"), PhonePriors.FileName)));
    }

    private SpeechRecipe Recipe()
    {
        var recipe = TinyCorpus.Make(Folder);
        var dictionary = Path.Combine(Folder, "x.dict");
        File.WriteAllText(dictionary, "one W AH N\ntwo T UW\nthree TH R IY\n");
        return recipe with
        {
            Model = recipe.Model with { PhoneLayers = 1 },
            Data = recipe.Data with { Dictionaries = [dictionary] },
            Phases = [.. recipe.Phases.Select(phase => phase with { PhoneWeight = 1 })],
        };
    }

    private string Train(SpeechRecipe recipe, string name)
    {
        using var run = RunFolder.Open(Path.Combine(Folder, name));
        using var trainer = new TinyRun(recipe, SpeechCorpus.Load(recipe), run, threads: 1);
        trainer.Run(cancellation: TestContext.Current.CancellationToken);
        return run.Checkpoint(run.Steps()[0]);
    }
}
