using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests.Speech;

/// <summary>Ten short clips, their manifest and a recipe that trains a very small model on them in 11 steps.</summary>
internal static class TinyCorpus
{
    private static readonly string[] Words = ["one", "two", "three", "dog bark", "rain"];

    /// <summary>Writes the clips and the manifest into a folder and returns the recipe.</summary>
    public static SpeechRecipe Make(string folder)
    {
        for (var i = 0; i < 10; i++) WriteClip(folder, i, 300 + 90 * i);
        WriteManifest(folder, i => Words[i % Words.Length]);
        return Recipe(folder);
    }

    public static void WriteClip(string folder, int number, double hertz)
    {
        var samples = new float[8000];
        for (var i = 0; i < samples.Length; i++) samples[i] = (float)(0.3 * Math.Sin(2 * Math.PI * hertz * i / 16_000) * Math.Sin(Math.PI * i / 8000));
        using var file = File.Create(Path.Combine(folder, $"{number}.wav"));
        WavWriter.Write(file, samples, 16_000);
    }

    public static void WriteManifest(string folder, Func<int, string> word)
    {
        var rows = Enumerable.Range(0, 10).Select(i => $"{i}.wav\t{(i % Words.Length < 3 ? "fsdd" : "esc10")}\t{word(i)}\ts{i % 2}\ttrain");
        File.WriteAllLines(Path.Combine(folder, "manifest.tsv"), rows.Prepend("path\tdataset\ttext_or_label\tspeaker\tsplit"));
    }

    public static string Word(int clip) => Words[clip % Words.Length];

    /// <summary>The recipe of a folder that already has clips and a manifest.</summary>
    public static SpeechRecipe Recipe(string folder) => SpeechRecipeFile.Parse("""
        seed: 4
        data: {manifests: [manifest.tsv], datasets: {fsdd: {kind: digits, tight: true}, esc10: {kind: sounds}}, frames_per_batch: 200}
        tokenizer: {merges: 5}
        model: {encoder_width: 16, encoder_layers: 1, encoder_heads: 2, encoder_ffn: 16, time_kernel: 3, phone_layers: 0, decoder_width: 16,
          decoder_layers: 1, decoder_heads: 2, decoder_kv_heads: 1, experts: 2, experts_per_token: 1, expert_width: 8, shared_expert_width: 8}
        phases:
          - {steps: 6, learning_rate: 1e-3, warmup_steps: 2, ramp_steps: 4, draws: {fsdd: 1, esc10: 1}}
          - {steps: 5, learning_rate: 5e-4, dropout: 0.2, draws: {fsdd: 2, esc10: 1}}
        checkpoints: {save_every: 4, keep: 2}
        """, Path.Combine(folder, "recipe.yaml"));
}
