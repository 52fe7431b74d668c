namespace Qwen2Audio.Training.Tests.FineTuning;

/// <summary>Recipes that together use every part of fine-tuning.</summary>
internal static class TuningRecipes
{
    public static string Of(TinyBase files, string name)
    {
        files.WriteTalk("talk.jsonl");
        files.WritePairs("pairs.jsonl");
        files.WriteHeard("heard.jsonl");
        return name switch
        {
            "dense" => $$"""
                steps: 6
                model: {base: {{files.Model("dense")}}}
                data: {train: [talk.jsonl]}
                batch: {row_tokens: 150, rows: 2}
                optimizer: {weight_decay: 0.1}
                schedule: {learning_rate: 1.0e-2, type: cosine, num_warmup_steps: 1}
                average: {decay: 0.8}
                recompute: true
                """,
            "moe" => $$$"""
                epochs: 4.5
                model: {base: {{{files.Model("moe")}}}}
                data: {train: [talk.jsonl]}
                batch: { filling: one, rows: 3, rows_at_once: 2}
                schedule: {learning_rate: 1.0e-2, type: constant_with_warmup, num_warmup_steps: 1}
                losses: {router_z: 0.001, label_smoothing: 0.1, token_groups: [{name: capitals, first: 32, count: 26, weight: 2 } ] }
                """,
            "audio" => $$"""
                steps: 6
                model: {base: {{files.Model("audio")}}, train_projector: true, train_audio_tower: true}
                data: {train: [heard.jsonl], augmentation: {speed: 0.5, gain: 0.5} }
                batch: {row_tokens: 300, rows: 2, filling: bucket}
                schedule: {learning_rate: 1.0e-2, type: linear}
                """,
            "lora" => $$"""
                steps: 6
                model: {base: {{files.Model("audio")}}}
                lora: {r: 4, alpha: 8, dropout: 0.2, target_modules: [all-linear]}
                data: {train: [heard.jsonl]}
                batch: {row_tokens: 300, rows: 2}
                schedule: {learning_rate: 1.0e-2, type: constant}
                average: {decay: 0.5, export: false}
                """,
            "preferences" => $$"""
                method: preferences
                steps: 6
                model: {base: {{files.Model("moe")}}}
                data: {train: [pairs.jsonl]}
                batch: {row_tokens: 250, rows: 2}
                schedule: {learning_rate: 2.0e-3, type: constant}
                """,
            "preferences-lora" => $$"""
                method: preferences
                steps: 6
                model: {base: {{files.Model("dense")}}}
                lora: {r: 4, dropout: 0.1}
                data: {train: [pairs.jsonl]}
                batch: {filling: one, rows: 2}
                schedule: {learning_rate: 2.0e-2, type: constant}
                preferences: {beta: 0.2, label_smoothing: 0.1}
                """,
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such recipe."),
        };
    }

    public static TheoryData<string> Names { get; } = ["dense", "moe", "audio", "lora", "preferences", "preferences-lora"];
}
